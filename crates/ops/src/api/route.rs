use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::path::{HttpMethod, Paths};

use super::Api;
use super::caller::{Operator, Reader};

/// What a handler's first argument is, so that nobody reaches it without being authorized.
pub(super) trait Authorized {}
impl Authorized for Reader {}
impl Authorized for Operator {}

/// A handler whose first argument is a [`Reader`] or an [`Operator`].
pub(super) trait Guarded<T>: Handler<T, Api> {}

macro_rules! guarded {
    ($($argument:ident),*) => {
        impl<H, Via, Who, $($argument),*> Guarded<(Via, Who, $($argument,)*)> for H
        where
            H: Handler<(Via, Who, $($argument,)*), Api>,
            Who: Authorized,
        {
        }
    };
}

guarded!();
guarded!(A);
guarded!(A, B);
guarded!(A, B, C);

/// Routes, each with its part of the document. There is no way to add one that is not guarded.
#[derive(Default)]
pub(super) struct Routes {
    router: Router<Api>,
    paths: Paths,
}

impl Routes {
    #[expect(clippy::needless_pass_by_value, reason = "handlers are named, not borrowed")]
    /// Adds a handler where `P` says that it is.
    pub(super) fn with<P: utoipa::Path, T: 'static>(
        mut self,
        _of: P,
        handler: impl Guarded<T>,
    ) -> Self {
        let (path, methods) = (P::path(), P::methods());
        for method in &methods {
            self.router = self.router.route(&path, on(filter(method), handler.clone()));
        }
        self.paths.add_path_operation(path, methods, P::operation());
        self
    }

    pub(super) fn into_router(self) -> Router<Api> {
        self.router
    }

    pub(super) fn into_paths(self) -> Paths {
        self.paths
    }
}

const fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}
