use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::REGION;
use super::process::Process;

/// What its scopes belong to: the part of their names before the slash.
const RESOURCE: &str = "flyball";

/// A user pool, whose tokens open the ops API: what Cognito is on AWS. People are left out of it;
/// programs have tokens of the same kind.
#[derive(Debug)]
pub(super) struct Pool {
    /// Whose tokens they are.
    pub(super) issuer: String,
    ours: Client,
    others: Client,
}

/// A program that gets tokens for what it knows.
#[derive(Debug)]
struct Client {
    id: String,
    secret: String,
}

impl Pool {
    /// Makes one, with the program that the API is for and another one.
    pub(super) async fn make(process: &Process) -> Self {
        let made = ask(process, "CreateUserPool", json!({ "PoolName": "ops" })).await;
        let pool = &made["UserPool"]["Id"];
        let scopes = ["read", "operate"].map(|name| json!({ "ScopeName": name }));
        let resource = json!({
            "UserPoolId": pool, "Identifier": RESOURCE, "Name": RESOURCE, "Scopes": scopes,
        });
        ask(process, "CreateResourceServer", resource).await;
        let (ours, others) = (client(process, pool, "ops"), client(process, pool, "others"));
        Self {
            issuer: format!(
                "https://cognito-idp.{REGION}.amazonaws.com/{}",
                pool.as_str().unwrap()
            ),
            ours: ours.await,
            others: others.await,
        }
    }

    /// For whom the API's tokens are issued. Whoever bears one is called the same.
    pub(super) fn audience(&self) -> &str {
        &self.ours.id
    }

    /// A token for the API with these scopes.
    pub(super) async fn token(&self, process: &Process, scopes: &str) -> String {
        token(process, &self.ours, scopes).await
    }

    /// A token of the same issuer for something else.
    pub(super) async fn token_for_others(&self, process: &Process, scopes: &str) -> String {
        token(process, &self.others, scopes).await
    }
}

async fn client(process: &Process, pool: &Value, name: &str) -> Client {
    let wanted = json!({
        "UserPoolId": pool,
        "ClientName": name,
        "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": [format!("{RESOURCE}/read"), format!("{RESOURCE}/operate")],
    });
    let made = ask(process, "CreateUserPoolClient", wanted).await;
    let text = |part: &str| made["UserPoolClient"][part].as_str().unwrap().to_owned();
    Client { id: text("ClientId"), secret: text("ClientSecret") }
}

async fn ask(process: &Process, action: &str, body: Value) -> Value {
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{action}"));
    let answer = process.send(request.body(body.to_string().into()).unwrap()).await;
    assert!(answer.status().is_success(), "{action}: {answer:?}");
    answer.into_body()
}

async fn token(process: &Process, client: &Client, scopes: &str) -> String {
    let Client { id, secret } = client;
    // In base64, of which three signs mean something else in a form.
    let secret = secret.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let scopes = scopes.replace(' ', "+");
    let form = format!(
        "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scopes}"
    );
    let request = Request::post("/oauth2/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let answer = process.send(request).await;
    assert!(answer.status().is_success(), "{answer:?}");
    answer.body()["access_token"].as_str().unwrap().to_owned()
}
