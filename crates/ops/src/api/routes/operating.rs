use axum::Json;
use axum::extract::State;
use axum::response::Response;
use flyball_domain::{AccountId, CustomerId};
use flyball_records::AsideName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::OpsError;
use crate::api::Api;
use crate::api::caller::{Operator, Reader};
use crate::api::change::{Changing, Held};
use crate::api::input::Named;
use crate::api::problem::Problem;
use crate::set_aside::{self, Whose};
use crate::switches::{self, LiftSwitch, Lifted, Radius, SetSwitch, SwitchSet, SwitchView};
use crate::sync::{self, Asked, SyncRequest};

/// Stops a scope, or dims it. Replaces the switch of the same scope.
#[utoipa::path(post, path = "/v1/switches", tag = "switches", request_body = SetSwitch,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is done once, and answered alike for a day"),
        ("If-Match" = Option<String>, Header, description = "The version of the switch that is to be replaced")),
    responses((status = 200, body = SwitchSet),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A rule wants a confirmation, or there is no room for one more"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn set_switch(
    Operator(who): Operator,
    State(api): State<Api>,
    changing: Changing<SetSwitch>,
) -> Result<Response, Response> {
    let once = changing.begin(&api.ops, &who, Held::Never).await?;
    let seen = changing.seen.as_deref();
    let done = switches::set(&api.ops, &changing.body, seen, &once.change()).await;
    Ok(once.end(done).await)
}

/// What a switch would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(in crate::api) struct Preview {
    /// What it would hold.
    pub(in crate::api) radius: Radius,
    /// The switch of the same scope that it would replace.
    pub(in crate::api) replaces: Option<SwitchView>,
    /// The rules that want a confirmation.
    pub(in crate::api) confirm: Vec<String>,
}

/// Shows what a switch would hold, and changes nothing.
#[utoipa::path(post, path = "/v1/switches/dry-run", tag = "switches", request_body = SetSwitch,
    responses((status = 200, body = Preview),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn dry_run(
    Reader(who): Reader,
    State(api): State<Api>,
    changing: Changing<SetSwitch>,
) -> Result<Json<Preview>, Problem> {
    let confirm = match switches::try_out(&api.ops, &changing.body, who.author()).await {
        Ok(()) => vec![],
        Err(OpsError::Unconfirmed { rule, .. }) => vec![rule.to_owned()],
        Err(error) => return Err(error.into()),
    };
    Ok(Json(Preview {
        radius: switches::radius(&api.ops, &changing.body.scope).await?,
        replaces: switches::standing(&api.ops, &changing.body.scope).await?,
        confirm,
    }))
}

/// Lifts the switch of a scope. Where none stands, nothing is changed.
#[utoipa::path(post, path = "/v1/switches/lift", tag = "switches", request_body = LiftSwitch,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is done once, and answered alike for a day"),
        ("If-Match" = Option<String>, Header, description = "The version of the switch that is to be lifted")),
    responses((status = 200, body = Lifted),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn lift_switch(
    Operator(who): Operator,
    State(api): State<Api>,
    changing: Changing<LiftSwitch>,
) -> Result<Response, Response> {
    let once = changing.begin(&api.ops, &who, Held::UntilKnown).await?;
    let (scope, seen) = (&changing.body.scope, changing.seen.as_deref());
    let done = switches::lift(&api.ops, scope, seen, &once.change()).await;
    Ok(once.end(done).await)
}

/// Asks for imports of an account, now.
#[utoipa::path(post, path = "/v1/accounts/{account}/syncs", tag = "accounts",
    request_body = SyncRequest,
    params(
        ("account" = String, Path, description = "Which account"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is done once, and answered alike for a day")),
    responses((status = 200, body = Asked),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn sync_account(
    Operator(who): Operator,
    State(api): State<Api>,
    Named(account): Named<AccountId>,
    changing: Changing<SyncRequest>,
) -> Result<Response, Response> {
    let once = changing.begin(&api.ops, &who, Held::UntilKnown).await?;
    let done = sync::sync(&api.ops, &api.queues, &account, &changing.body, &once.change()).await;
    Ok(once.end(done).await)
}

/// What is asked for once more: one by its id, or with `all` everything of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::api) struct ReplayRequest {
    /// One, by its name.
    pub(in crate::api) id: Option<String>,
    /// All of them.
    pub(in crate::api) all: bool,
    /// Of this account only.
    #[schema(value_type = Option<String>)]
    pub(in crate::api) account: Option<AccountId>,
    /// Of this customer only.
    #[schema(value_type = Option<String>)]
    pub(in crate::api) customer: Option<CustomerId>,
}

/// Asks once more for what could not be imported. What succeeds is closed by itself.
#[utoipa::path(post, path = "/v1/errors/replays", tag = "errors", request_body = ReplayRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is done once, and answered alike for a day")),
    responses((status = 200, body = Asked),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn replay_errors(
    Operator(who): Operator,
    State(api): State<Api>,
    changing: Changing<ReplayRequest>,
) -> Result<Response, Response> {
    let once = changing.begin(&api.ops, &who, Held::UntilKnown).await?;
    let done = replay(&api, &changing.body, &once.change()).await;
    Ok(once.end(done).await)
}

async fn replay(
    api: &Api,
    request: &ReplayRequest,
    change: &crate::audit::Change<'_>,
) -> Result<Asked, OpsError> {
    let name = match (&request.id, request.all) {
        (Some(id), false) => {
            let name = id.parse::<AsideName>();
            Some(name.map_err(|error| OpsError::NotFound(error.to_string()))?)
        }
        (None, true) => None,
        (None, false) | (Some(_), true) => {
            return Err(OpsError::Unfit(
                "found neither an id nor all, or both: say which is to be tried again".to_owned(),
            ));
        }
    };
    let whose = Whose { account: request.account.clone(), customer: request.customer.clone() };
    set_aside::replay(&api.ops, &api.queues, &whose, name.as_ref(), change).await
}
