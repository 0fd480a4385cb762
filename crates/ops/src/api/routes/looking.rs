#![expect(unused_qualifications, reason = "what utoipa makes of its parameters is qualified")]

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use flyball_accounts::{AuditCursor, PAGE_ENTRIES_MAX};
use flyball_domain::{AccountId, CustomerId, Integration};
use flyball_records::AsideName;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::accounts::{self, CountRecords, StatusView, Wanted};
use crate::api::caller::Reader;
use crate::api::input::{Asked, Named};
use crate::api::problem::Problem;
use crate::api::{Api, document};
use crate::audit::{self, AuditPage};
use crate::lanes::{self, LanesPage, PAGE_LANES_MAX};
use crate::outages::{Past, PastView};
use crate::set_aside::{self, AsideView, InboxCursor, InboxView, Whose};
use crate::switches::{self, PAGE_LOOKS_MAX, Radius, SwitchPage};
use crate::why::{WhyView, why};
use crate::{Facts, Scope, find_account};

/// How many accounts a page of them has whose size is not said.
const ACCOUNTS_DEFAULT: u32 = 50;

/// How many entries a page of the trail has whose size is not said.
const ENTRIES_DEFAULT: u32 = 50;

type Answer<T> = Result<Json<T>, Problem>;

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "document",
    responses((status = 200, description = "This document", content_type = "application/json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn openapi(_who: Reader) -> Response {
    let text = document().to_json().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct SwitchesQuery {
    /// Those of this customer's accounts only.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<AccountId>,
    /// How many accounts are looked at, at most 500.
    #[param(maximum = 500, default = 500)]
    limit: Option<u32>,
}

/// Which switches stand, at every scope.
#[utoipa::path(get, path = "/v1/switches", tag = "switches", params(SwitchesQuery),
    responses((status = 200, body = SwitchPage),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn list_switches(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<SwitchesQuery>,
) -> Answer<SwitchPage> {
    let limit = query.limit.unwrap_or(PAGE_LOOKS_MAX);
    let (customer, after) = (query.customer.as_ref(), query.after.as_ref());
    Ok(Json(switches::list(&api.ops, customer, after, limit).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct RadiusQuery {
    /// `all`, `shopify`, `shopify/orders`, `customer:ID`, `account:ID` or `account:ID/orders`.
    #[param(value_type = String)]
    scope: Scope,
}

/// What lies within a scope, and how much of it runs.
#[utoipa::path(get, path = "/v1/switches/radius", tag = "switches", params(RadiusQuery),
    responses((status = 200, body = Radius),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn radius_of(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<RadiusQuery>,
) -> Answer<Radius> {
    Ok(Json(switches::radius(&api.ops, &query.scope).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct LanesQuery {
    /// `all`, `shopify`, `shopify/orders`, `customer:ID`, `account:ID` or `account:ID/orders`; `all`
    /// by default.
    #[param(value_type = Option<String>, default = "all")]
    scope: Option<Scope>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<AccountId>,
    /// How many accounts are looked at, at most 500.
    #[param(maximum = 500, default = 500)]
    limit: Option<u32>,
}

/// What the lanes of a scope's accounts are doing, and if they wait: why, and until when.
#[utoipa::path(get, path = "/v1/lanes", tag = "accounts", params(LanesQuery),
    responses((status = 200, body = LanesPage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn list_lanes(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<LanesQuery>,
) -> Answer<LanesPage> {
    let scope = query.scope.unwrap_or(Scope::All);
    let limit = query.limit.unwrap_or(PAGE_LANES_MAX);
    Ok(Json(lanes::page(&api.ops, &scope, query.after.as_ref(), limit).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct AccountsQuery {
    /// Of this customer only.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// On this platform only.
    #[param(value_type = Option<String>)]
    integration: Option<Integration>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<AccountId>,
    /// How many accounts are looked at, at most 200.
    #[param(maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Whether their records are counted, which reads all of them.
    #[serde(default)]
    records: CountRecords,
}

/// What accounts are doing, why they wait, and how fresh they are; and what holds more than one.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(AccountsQuery),
    responses((status = 200, body = StatusView),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn list_accounts(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<AccountsQuery>,
) -> Answer<StatusView> {
    let wanted = Wanted {
        customer: query.customer,
        integration: query.integration,
        after: query.after,
        limit: query.limit.unwrap_or(ACCOUNTS_DEFAULT),
        records: query.records,
    };
    Ok(Json(accounts::status(&api.ops, &wanted).await?))
}

/// What an account is doing, and if it waits: why, and until when.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Which account")),
    responses((status = 200, body = WhyView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn why_account(
    _who: Reader,
    State(api): State<Api>,
    Named(account): Named<AccountId>,
) -> Answer<WhyView> {
    let account = find_account(&api.ops.accounts, &account).await?;
    let facts = Facts::of(&api.ops, account).await?;
    Ok(Json(why(&api.ops, &facts).await?))
}

/// When an account's store was down, and how available it was.
#[utoipa::path(get, path = "/v1/accounts/{account}/outages", tag = "accounts",
    params(("account" = String, Path, description = "Which account")),
    responses((status = 200, body = PastView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn outages_of_account(
    _who: Reader,
    State(api): State<Api>,
    Named(account): Named<AccountId>,
) -> Answer<PastView> {
    let account = find_account(&api.ops.accounts, &account).await?;
    Ok(Json(Past::of(&api.ops, account).await?.view()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct WhoseQuery {
    /// Of this account only.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Of this customer only.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
}

impl From<WhoseQuery> for Whose {
    fn from(query: WhoseQuery) -> Self {
        Self { account: query.account, customer: query.customer }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ErrorsQuery {
    /// Of this account only.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Of this customer only.
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<InboxCursor>,
    /// At most so many, up to 1,000.
    #[param(maximum = 1000, default = 1000)]
    limit: Option<u32>,
}

/// What could not be imported, by what is wrong with it. A group may be on several pages.
#[utoipa::path(get, path = "/v1/errors", tag = "errors", params(ErrorsQuery),
    responses((status = 200, body = InboxView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn list_errors(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<ErrorsQuery>,
) -> Answer<InboxView> {
    let whose = Whose { account: query.account, customer: query.customer };
    let limit = query.limit.unwrap_or(set_aside::PAGE_ENTRIES_MAX);
    Ok(Json(set_aside::inbox(&api.ops, &whose, query.after.as_ref(), limit).await?))
}

/// One of what could not be imported, with its exact input.
#[utoipa::path(get, path = "/v1/errors/{id}", tag = "errors",
    params(("id" = String, Path, description = "Its name"), WhoseQuery),
    responses((status = 200, body = AsideView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn one_error(
    _who: Reader,
    State(api): State<Api>,
    Named(name): Named<AsideName>,
    Asked(query): Asked<WhoseQuery>,
) -> Answer<AsideView> {
    Ok(Json(set_aside::one(&api.ops, &query.into(), &name).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct AuditQuery {
    /// The `next` of the page before.
    before: Option<String>,
    /// At most so many, up to 200.
    #[param(maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// Who changed what, the newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = AuditPage),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub(in crate::api) async fn list_audit(
    _who: Reader,
    State(api): State<Api>,
    Asked(query): Asked<AuditQuery>,
) -> Answer<AuditPage> {
    let before = query.before.as_deref().map(str::parse::<AuditCursor>).transpose();
    let before = before.map_err(|error| Problem::bad_request(error.to_string()))?;
    let limit = query.limit.unwrap_or(ENTRIES_DEFAULT).min(PAGE_ENTRIES_MAX);
    Ok(Json(audit::page(&api.ops, before.as_ref(), limit).await?))
}
