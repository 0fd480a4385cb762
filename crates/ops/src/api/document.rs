use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};

use super::problem::Problem;
use super::routes;
use crate::accounts::{CountRecords, StatusView};
use crate::audit::AuditPage;
use crate::lanes::LanesPage;
use crate::outages::PastView;
use crate::set_aside::{AsideView, InboxView};
use crate::switches::{LiftSwitch, Lifted, Radius, SetSwitch, SwitchPage, SwitchSet};
use crate::sync::{Asked, SyncRequest};
use crate::why::WhyView;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Flyball ops API",
        description = "What the ops team sees, and what it may do.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(
        CountRecords,
        Asked,
        AsideView,
        AuditPage,
        InboxView,
        LanesPage,
        LiftSwitch,
        Lifted,
        PastView,
        Problem,
        Radius,
        routes::Preview,
        routes::ReplayRequest,
        SetSwitch,
        StatusView,
        SwitchPage,
        SwitchSet,
        SyncRequest,
        WhyView,
    ))
)]
struct Document;

/// The document of the ops API, made of its routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.paths = routes::all().into_paths();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    document
}
