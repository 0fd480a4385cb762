use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use secrecy::{ExposeSecret as _, SecretString};

use super::caller::{Caller, Rights};
use super::problem::Problem;

/// Where the holder of a token says who they are.
pub const OPERATOR_HEADER: &str = "flyball-operator";

/// What a holder of the token is called who does not say who they are.
const UNNAMED: &str = "whoever holds the token";

/// Those who know a token: whoever can read the folder it lies in.
#[derive(Clone, Debug)]
pub struct TokenHolders {
    token: SecretString,
}

impl TokenHolders {
    /// Those who know this token.
    pub const fn of(token: SecretString) -> Self {
        Self { token }
    }

    /// The routes, for those who know the token: they may do everything.
    pub fn guard(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, admit))
    }

    fn know(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|text| text.split_once(' '));
        given.is_some_and(|(scheme, token)| {
            let (token, right) = (token.trim().as_bytes(), self.token.expose_secret().as_bytes());
            // Takes as long for a wrong text as for the right one of the same length.
            scheme.eq_ignore_ascii_case("bearer")
                && aws_lc_rs::constant_time::verify_slices_are_equal(token, right).is_ok()
        })
    }
}

async fn admit(State(holders): State<TokenHolders>, mut request: Request, next: Next) -> Response {
    if !holders.know(request.headers()) {
        return Problem::unauthorized().into_response();
    }
    let name = request.headers().get(OPERATOR_HEADER).map(HeaderValue::as_bytes);
    let name = name.map_or(UNNAMED.into(), String::from_utf8_lossy);
    let Some(caller) = Caller::new(&name, Rights::Operate) else {
        let detail = format!("found a {OPERATOR_HEADER} without a name: say who you are");
        return Problem::bad_request(detail).into_response();
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}
