use data_encoding::BASE64;
use flyball_tests::deployment::request_context;
use serde_json::{Map, Value, json};

/// A request as API Gateway hands it on
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
/// payload format 2.0).
pub(crate) struct Gateway {
    method: &'static str,
    path: String,
    query: String,
    headers: Map<String, Value>,
    authorizer: Option<Value>,
    body: Option<String>,
    is_base64: bool,
}

impl Gateway {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            query: String::new(),
            headers: Map::new(),
            authorizer: None,
            body: None,
            is_base64: false,
        }
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        let post = Self { method: "POST", body: Some(body.to_string()), ..Self::get(path) };
        post.header("content-type", "application/json")
    }

    pub(crate) fn query(self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn by_authorizer(self, authorizer: Value) -> Self {
        Self { authorizer: Some(authorizer), ..self }
    }

    /// By the bearer of a token with these scopes.
    pub(crate) fn by_token(self, scope: &str) -> Self {
        let claims = json!({ "sub": "4f1c", "email": "mia@example.com", "scope": scope });
        self.by_authorizer(json!({ "jwt": { "claims": claims, "scopes": null } }))
    }

    /// By a principal of AWS.
    pub(crate) fn by_iam(self, arn: &str) -> Self {
        self.by_authorizer(json!({ "iam": {
            "accessKey": "AKIA", "accountId": "123456789012", "callerId": "AROA:mia",
            "cognitoIdentity": null, "principalOrgId": "o-1", "userArn": arn, "userId": "AROA:mia",
        } }))
    }

    pub(crate) fn in_base64(self) -> Self {
        let body = self.body.map(|body| BASE64.encode(body.as_bytes()));
        Self { body, is_base64: true, ..self }
    }

    pub(crate) fn event(self) -> Value {
        let context = request_context(self.method, &self.path, self.authorizer.as_ref());
        json!({
            "version": "2.0",
            "routeKey": "ANY /v1/{proxy+}",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": context,
            "body": self.body,
            "isBase64Encoded": self.is_base64,
        })
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u64,
    pub(crate) media: String,
    pub(crate) is_replayed: bool,
    pub(crate) json: Value,
}

impl Answered {
    pub(crate) fn of(response: &Value) -> Self {
        let header = |name: &str| {
            let all = [&response["headers"], &response["multiValueHeaders"]];
            let found = all.into_iter().find_map(|headers| headers.get(name));
            found.map(|value| value[0].as_str().or(value.as_str()).unwrap().to_owned())
        };
        Self {
            status: response["statusCode"].as_u64().unwrap(),
            media: header("content-type").unwrap_or_default(),
            is_replayed: header("idempotency-replayed").is_some(),
            json: serde_json::from_str(response["body"].as_str().unwrap()).unwrap_or(Value::Null),
        }
    }
}
