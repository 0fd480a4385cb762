//! What the vendor says when it refuses, as its error processor writes it
//! (<https://developer.adobe.com/commerce/webapi/get-started/gs-web-api-response/>).

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::settings::MagentoMode;
use crate::answer::Answer;

/// What a developer's store tells of where it failed.
const TRACE: &str = "#0 vendor/magento/module-webapi/Controller/Rest/SynchronousRequestProcessor.php(95): \
                     Magento\\Webapi\\Controller\\Rest\\InputParamsResolver->resolve()\n\
                     #1 vendor/magento/module-webapi/Controller/Rest.php(195): \
                     Magento\\Webapi\\Controller\\Rest\\SynchronousRequestProcessor->process()\n\
                     #2 {main}";

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem(Box<Refusal>);

#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    status: StatusCode,
    message: String,
    parameters: Option<Value>,
    /// The single ones, where there are several.
    errors: Vec<(String, Value)>,
    /// Whether it is nothing a caller should see: outside a developer's store only a number is told.
    is_internal: bool,
}

impl Problem {
    fn new(status: StatusCode, message: impl Into<String>, parameters: Option<Value>) -> Self {
        let message = message.into();
        Self(Box::new(Refusal {
            status,
            message,
            parameters,
            errors: Vec::new(),
            is_internal: false,
        }))
    }

    fn bad(message: impl Into<String>, parameters: Option<Value>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, parameters)
    }

    /// No such address, or none for this method.
    pub(super) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Request does not match any route.", None)
    }

    /// Neither the integration nor anybody else may see this.
    pub(super) fn not_authorized(resource: &str) -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The consumer isn't authorized to access %resources.",
            Some(json!({"resources": resource})),
        )
    }

    /// A signature that is not accepted, in the words of
    /// `Magento\Framework\Oauth\Exception`: 401.
    pub(super) fn authentication(message: &str, parameters: Option<Value>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message, parameters)
    }

    /// A signature that can't be read, in the words of
    /// `Magento\Framework\Oauth\OauthInputException`: 400.
    pub(super) fn oauth_input(message: &str, parameters: Option<Value>) -> Self {
        Self::bad(message, parameters)
    }

    /// Parameters that must be there and are not.
    pub(super) fn required(names: &[&str]) -> Self {
        let message = "\"%fieldName\" is required. Enter and try again.";
        let parameters = |name: &str| json!({"fieldName": name});
        if let [name] = names {
            return Self::bad(message, Some(parameters(name)));
        }
        let mut problem = Self::bad("One or more input exceptions have occurred.", None);
        problem.0.errors =
            names.iter().map(|name| (message.to_owned(), parameters(name))).collect();
        problem
    }

    /// A product that is not there.
    pub(super) fn no_such_product() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The product that was requested doesn't exist. Verify the product and try again.",
            None,
        )
    }

    /// Anything else that is not there.
    pub(super) fn no_such_entity() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "The entity that was requested doesn't exist. Verify the entity and try again.",
            None,
        )
    }

    /// Something that is asked for by a field and is not there.
    pub(super) fn no_such(field: &str, value: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "No such entity with %fieldName = %fieldValue",
            Some(json!({"fieldName": field, "fieldValue": value})),
        )
    }

    /// A filter or an order by something that is no attribute of a product.
    pub(super) fn no_attribute(name: &str) -> Self {
        Self::bad(
            "The \"%1\" attribute name is invalid. Reset the name and try again.",
            Some(json!([name])),
        )
    }

    /// A text where a number was to be.
    pub(super) fn no_number(field: Option<&str>, value: &str) -> Self {
        let what = format!(
            "The \"{value}\" value's type is invalid. The \"int\" type was expected. Verify and try \
             again."
        );
        Self::bad(
            match field {
                Some(field) => format!("Error occurred during \"{field}\" processing. {what}"),
                None => what,
            },
            None,
        )
    }

    /// A page larger than the input limits allow
    /// (<https://developer.adobe.com/commerce/webapi/get-started/api-security/>).
    pub(super) fn page_too_large(rows_max: u32) -> Self {
        Self::bad("Maximum SearchCriteria pageSize is %max", Some(json!({"max": rows_max})))
    }

    /// A direction that is neither.
    pub(super) fn direction() -> Self {
        Self::bad(
            "Sort order has to be specified as %1 for ascending order or %2 for descending order.",
            Some(json!(["ASC", "DESC"])),
        )
    }

    /// A field whose name holds what no name may.
    pub(super) fn sort_field(name: &str) -> Self {
        Self::bad("Sort order field %1 contains restricted symbols", Some(json!([name])))
    }

    /// A product of another type.
    pub(super) fn not_of_type(word: &str) -> Self {
        Self::bad(format!("This is implemented for {word} products only."), None)
    }

    /// Whatever goes wrong inside.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, message, None);
        problem.0.is_internal = true;
        problem
    }

    /// A broken row: it is loaded twice, and takes its page with it.
    pub(super) fn loaded_twice(class: &str, id: u64) -> Self {
        Self::internal(format!("Item ({class}) with the same ID \"{id}\" already exists."))
    }

    /// The answer; `report` is the number under which a store keeps what it does not tell.
    pub(super) fn answer(&self, mode: MagentoMode, report: u64) -> Answer {
        let Self(refusal) = self;
        let mut body = Map::new();
        let message = match mode {
            MagentoMode::Production if refusal.is_internal => format!(
                "Internal Error. Details are available in Magento log file. Report ID: \
                 webapi-{report:013x}"
            ),
            MagentoMode::Production | MagentoMode::Developer => refusal.message.clone(),
        };
        body.insert("message".to_owned(), message.into());
        if !refusal.errors.is_empty() {
            let errors = refusal
                .errors
                .iter()
                .map(|(message, parameters)| json!({"message": message, "parameters": parameters}));
            body.insert("errors".to_owned(), errors.collect());
        }
        if let Some(parameters) = &refusal.parameters {
            body.insert("parameters".to_owned(), parameters.clone());
        }
        if mode == MagentoMode::Developer {
            body.insert("trace".to_owned(), TRACE.into());
        }
        Answer::json(refusal.status, &body.into())
    }
}

/// What is said by the function that PHP calls when a program dies: another shape
/// (`Magento\Framework\Webapi\ErrorProcessor::renderErrorMessage`).
pub(super) fn fatal(mode: MagentoMode, report: u64) -> Answer {
    let message = match mode {
        MagentoMode::Production => {
            json!({
                "code": 500,
                "message": format!("Server internal error. See details in report api/{report}"),
            })
        }
        MagentoMode::Developer => json!({
            "code": 500,
            "message": "Fatal Error: 'Allowed memory size of 792723456 bytes exhausted (tried to \
                        allocate 20480 bytes)' in 'vendor/magento/framework/DB/Statement/Pdo/Mysql.php' \
                        on line 90",
            "trace": "Trace is not available.",
        }),
    };
    let body = json!({"messages": {"error": [message]}});
    Answer::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(problem: &Problem, mode: MagentoMode) -> Value {
        serde_json::from_slice(&problem.answer(mode, 0x66f1_2345).body).unwrap()
    }

    #[test]
    fn messages_keep_their_places_and_parameters_stand_beside_them() {
        assert_eq!(
            body(&Problem::no_attribute("colour"), MagentoMode::Production),
            json!({
                "message": "The \"%1\" attribute name is invalid. Reset the name and try again.",
                "parameters": ["colour"],
            })
        );
        let problem = Problem::not_authorized("Magento_Sales::actions_view");
        assert_eq!(problem.answer(MagentoMode::Production, 0).status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            body(&problem, MagentoMode::Production)["parameters"],
            json!({"resources": "Magento_Sales::actions_view"})
        );
    }

    #[test]
    fn one_missing_parameter_is_named_and_several_are_listed() {
        assert_eq!(
            body(&Problem::required(&["searchCriteria"]), MagentoMode::Production),
            json!({
                "message": "\"%fieldName\" is required. Enter and try again.",
                "parameters": {"fieldName": "searchCriteria"},
            })
        );
        let several =
            body(&Problem::required(&["oauth_nonce", "oauth_token"]), MagentoMode::Production);
        assert_eq!(several["message"], "One or more input exceptions have occurred.");
        assert_eq!(several["errors"][1]["parameters"], json!({"fieldName": "oauth_token"}));
    }

    #[test]
    fn what_goes_wrong_inside_is_told_in_a_developers_store_only() {
        let problem = Problem::loaded_twice("Magento\\Catalog\\Model\\Product\\Interceptor", 17);
        let masked = body(&problem, MagentoMode::Production);
        assert_eq!(
            masked,
            json!({"message": "Internal Error. Details are available in Magento log file. Report \
                               ID: webapi-0000066f12345"})
        );
        let told = body(&problem, MagentoMode::Developer);
        let message = told["message"].as_str().unwrap();
        assert!(message.ends_with("with the same ID \"17\" already exists."), "{message}");
        assert!(told["trace"].as_str().unwrap().starts_with("#0 "));
    }

    #[test]
    fn a_program_that_dies_speaks_in_another_shape() {
        let answer = fatal(MagentoMode::Production, 42);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["messages"]["error"][0]["code"], 500);
        assert!(body.get("message").is_none());
    }
}
