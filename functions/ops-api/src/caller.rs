use flyball_ops::api::Caller;
use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};

/// A request with whom API Gateway has authenticated, if it has. The routes refuse one without.
pub(crate) fn known(mut request: Request) -> Request {
    let caller = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.authorizer.as_ref().and_then(caller_of)
        }
        Some(_) | None => None,
    };
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    request
}

fn caller_of(authorizer: &ApiGatewayRequestAuthorizer) -> Option<Caller> {
    if let Some(token) = &authorizer.jwt {
        // Only what the token itself says: the scopes beside its claims may be those that the route
        // asks for.
        return Caller::of_claims(|name| token.claims.get(name).map(String::as_str));
    }
    Caller::of_iam(authorizer.iam.as_ref()?.user_arn.as_deref()?)
}
