//! The deployment template against the code that it deploys.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use aws_sdk_dynamodb::Client;
use flyball_domain::{Integration, Kind};
use flyball_local::Engine;
use flyball_ops::api::{SCOPE_OPERATE, SCOPE_READ};
use flyball_runtime::{ImporterConfig, Meter, SenderConfig, Stage};
use flyball_tests::{root, template, template_with};
use serde_json::{Map, Value, json};

fn functions(template: &Value) -> &Map<String, Value> {
    template["functions"].as_object().unwrap()
}

fn resource<'a>(template: &'a Value, name: &str) -> &'a Value {
    let found = &template["resources"]["Resources"][name];
    assert!(found.is_object(), "found no resource {name}");
    found
}

fn of_type<'a>(template: &'a Value, wanted: &str) -> Vec<(&'a String, &'a Value)> {
    let all = template["resources"]["Resources"].as_object().unwrap();
    let found: Vec<_> = all.iter().filter(|(_, it)| it["Type"] == wanted).collect();
    assert!(!found.is_empty(), "found no {wanted}");
    found
}

/// The resource whose attribute a `!GetAtt` asks for.
fn asked<'a>(value: &'a Value, attribute: &str) -> &'a str {
    assert_eq!(value["Fn::GetAtt"][1], attribute, "{value}");
    value["Fn::GetAtt"][0].as_str().unwrap()
}

fn sqs_events(function: &Value) -> impl Iterator<Item = &Value> {
    function["events"].as_array().unwrap().iter().filter_map(|event| event.get("sqs"))
}

fn statements(template: &Value) -> Vec<&Value> {
    let inline = of_type(template, "AWS::IAM::Role")
        .into_iter()
        .flat_map(|(_, role)| role["Properties"]["Policies"].as_array().unwrap());
    let shared = of_type(template, "AWS::IAM::ManagedPolicy")
        .into_iter()
        .map(|(_, policy)| &policy["Properties"]);
    inline
        .chain(shared)
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        .collect()
}

/// What applies to a function: its own setting, or that of all.
fn setting<'a>(template: &'a Value, function: &'a Value, name: &str) -> &'a Value {
    function.get(name).unwrap_or(&template["provider"][name])
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            unreachable!("found {value}, expected texts")
        }
    }
}

#[test]
fn every_function_has_a_folder_and_its_artifact_that_folders_name() {
    let template = template().unwrap();
    for (name, function) in functions(&template) {
        assert!(root().join("functions").join(name).is_dir(), "{name}");
        let artifact = format!("target/lambda/{name}.zip");
        assert_eq!(function["package"]["artifact"], artifact.as_str());
        assert_eq!(function["handler"], "bootstrap");
    }
    for folder in std::fs::read_dir(root().join("functions")).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(functions(&template).contains_key(&name), "{name} is not deployed");
    }
}

#[test]
fn whoever_knows_a_stage_finds_its_tables_its_key_and_its_queues() {
    let template = template().unwrap();
    let stage = Stage::parse("dev").unwrap();
    let tables = stage.tables();
    for (name, table) in [
        ("GovernorTable", &tables.governor),
        ("RecordsTable", &tables.records),
        ("AccountsTable", &tables.accounts),
    ] {
        assert_eq!(resource(&template, name)["Properties"]["TableName"], table.as_str());
    }
    let alias = &resource(&template, "KeyAlias")["Properties"];
    assert_eq!(alias["AliasName"], stage.key().as_str());
    assert_eq!(
        resource(&template, alias["TargetKeyId"]["Ref"].as_str().unwrap())["Type"],
        "AWS::KMS::Key"
    );
    let queues: BTreeSet<&str> = of_type(&template, "AWS::SQS::Queue")
        .into_iter()
        .map(|(_, queue)| queue["Properties"]["QueueName"].as_str().unwrap())
        .collect();
    for integration in Integration::ALL {
        for kind in Kind::ALL {
            assert!(queues.contains(&*stage.queue_name(*integration, *kind)));
        }
    }
    assert_eq!(Stage::parse(""), None);
    assert_eq!(Stage::parse("a stage"), None);
    let longest = "s".repeat(35);
    let stage = Stage::parse(&longest).unwrap();
    assert!(stage.queue_name(Integration::Bigcommerce, Kind::Products).len() <= 64);
    assert_eq!(Stage::parse(&format!("{longest}s")), None);
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = template().unwrap();
    let roles: BTreeSet<_> =
        functions(&template).values().map(|function| function["role"].as_str().unwrap()).collect();
    assert_eq!(roles.len(), functions(&template).len());
    for role in roles {
        assert_eq!(resource(&template, role)["Type"], "AWS::IAM::Role");
    }
}

#[test]
fn spans_are_sent_where_that_is_asked_for_by_every_function_and_by_none_otherwise() {
    let without = template().unwrap();
    assert_eq!(without["provider"]["tracing"]["lambda"], "PassThrough");
    assert_eq!(without["provider"]["layers"], json!([]));
    assert_eq!(without["provider"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"], "");
    let asked = [("tracing", "otel"), ("otelLayer", "arn:of:a:layer")];
    let template = template_with(&asked).unwrap();
    assert_eq!(template["provider"]["tracing"]["lambda"], "Active");
    assert_eq!(template["provider"]["layers"], json!(["arn:of:a:layer"]));
    let collector = &template["provider"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"];
    assert_eq!(collector, "http://localhost:4318");
    let policy = &resource(&template, "TracingPolicy")["Properties"];
    let allowed = policy["Roles"].as_array().unwrap().iter();
    let allowed: BTreeSet<_> = allowed.map(|role| role["Ref"].as_str()).collect();
    assert_eq!(allowed, functions(&template).values().map(|it| it["role"].as_str()).collect());
}

#[test]
fn there_is_a_function_for_each_integration_and_kind_fed_by_its_own_queue() {
    let template = template().unwrap();
    for integration in Integration::ALL {
        for kind in Kind::ALL {
            let name = format!("{integration}-{kind}");
            let function = &functions(&template)[&name];
            let event = sqs_events(function).next().unwrap();
            let queue = asked(&event["arn"], "Arn");
            assert_eq!(function["environment"]["FLYBALL_QUEUE_URL"]["Ref"], queue);
            let called = &resource(&template, queue)["Properties"]["QueueName"];
            assert_eq!(called, &format!("flyball-dev-{name}"));
            let may: Vec<&Value> =
                of_role(&template, function).filter(|it| it["Sid"] == "Queue").collect();
            let [may] = &may[..] else { panic!("{name}: {may:?}") };
            assert_eq!(asked(&may["Resource"], "Arn"), queue, "{name} reads its own queue only");
        }
    }
}

/// The statements of a function's own role.
fn of_role<'a>(template: &'a Value, function: &Value) -> impl Iterator<Item = &'a Value> {
    let role = resource(template, function["role"].as_str().unwrap());
    let policies = role["Properties"]["Policies"].as_array().unwrap();
    policies.iter().flat_map(|it| it["PolicyDocument"]["Statement"].as_array().unwrap())
}

#[test]
fn a_function_reports_each_record_of_its_batch_and_reserves_no_concurrency() {
    let template = template().unwrap();
    for (name, function) in functions(&template) {
        assert!(function.get("reservedConcurrency").is_none(), "{name}");
        for event in sqs_events(function) {
            assert_eq!(event["functionResponseType"], "ReportBatchItemFailures", "{name}");
            assert!(event["maximumConcurrency"].as_u64().is_some_and(|most| most >= 2), "{name}");
        }
    }
}

#[test]
fn a_message_stays_hidden_for_six_times_its_functions_time_out() {
    let template = template().unwrap();
    for (name, function) in functions(&template) {
        let time_out_s = setting(&template, function, "timeout").as_u64().unwrap();
        for event in sqs_events(function) {
            let queue = resource(&template, asked(&event["arn"], "Arn"));
            let hidden_s = queue["Properties"]["VisibilityTimeout"].as_u64().unwrap();
            let window_s = event["maximumBatchingWindow"].as_u64().unwrap_or(0);
            assert!(hidden_s >= 6 * time_out_s + window_s, "{name}: {hidden_s} s");
        }
    }
}

#[test]
fn what_fails_again_and_again_goes_to_a_queue_of_its_own() {
    let template = template().unwrap();
    for event in functions(&template).values().flat_map(sqs_events) {
        let queue = resource(&template, asked(&event["arn"], "Arn"));
        let redrive = &queue["Properties"]["RedrivePolicy"];
        assert!(redrive["maxReceiveCount"].as_u64().is_some_and(|times| times >= 3));
        let dead = resource(&template, asked(&redrive["deadLetterTargetArn"], "Arn"));
        let allow = &dead["Properties"]["RedriveAllowPolicy"];
        assert_eq!(allow["redrivePermission"], "byQueue");
        let source = allow["sourceQueueArns"][0]["Fn::Sub"].as_str().unwrap();
        let name = queue["Properties"]["QueueName"].as_str().unwrap();
        assert!(source.ends_with(&format!(":{name}")), "{source} is not {name}");
        let kept_s = |queue: &Value| queue["Properties"]["MessageRetentionPeriod"].as_u64();
        assert!(kept_s(dead) >= kept_s(queue), "a dead letter keeps the age of its message");
    }
}

#[test]
fn every_queue_and_table_is_sealed() {
    let template = template().unwrap();
    for (name, queue) in of_type(&template, "AWS::SQS::Queue") {
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{name}");
    }
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        let sealed = json!({ "SSEEnabled": true, "SSEType": "KMS" });
        assert_eq!(table["Properties"]["SSESpecification"], sealed, "{name}");
    }
}

#[test]
fn no_table_is_lost_by_mistake() {
    let template = template().unwrap();
    assert_eq!(template["params"]["default"]["deletionProtection"], true);
    for (name, table) in of_type(&template, "AWS::DynamoDB::Table") {
        assert_eq!(table["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{name}");
        let properties = &table["Properties"];
        assert_eq!(
            properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{name}"
        );
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{name}");
    }
}

/// A table's keys, indexes and way of billing, as a template says it.
fn shape(properties: &Value) -> Value {
    let mut attributes = properties["AttributeDefinitions"].as_array().unwrap().clone();
    attributes.sort_by_key(ToString::to_string);
    json!({
        "attributes": attributes,
        "keys": properties["KeySchema"],
        "indexes": properties.get("GlobalSecondaryIndexes").unwrap_or(&json!([])),
        "billing": properties["BillingMode"],
    })
}

async fn made(client: &Client, table: &str) -> Value {
    let made = client.describe_table().table_name(table).send().await.unwrap().table.unwrap();
    let keys = |keys: &[aws_sdk_dynamodb::types::KeySchemaElement]| -> Value {
        keys.iter()
            .map(|key| {
                json!({ "AttributeName": key.attribute_name, "KeyType": key.key_type.as_str() })
            })
            .collect()
    };
    let indexes: Vec<Value> = made
        .global_secondary_indexes()
        .iter()
        .map(|index| {
            let projection = index.projection().and_then(|it| it.projection_type()).unwrap();
            json!({
                "IndexName": index.index_name(),
                "KeySchema": keys(index.key_schema()),
                "Projection": { "ProjectionType": projection.as_str() },
            })
        })
        .collect();
    assert!(made.local_secondary_indexes().is_empty());
    let mut properties = json!({
        "AttributeDefinitions": made
            .attribute_definitions()
            .iter()
            .map(|it| json!({
                "AttributeName": it.attribute_name,
                "AttributeType": it.attribute_type.as_str(),
            }))
            .collect::<Value>(),
        "KeySchema": keys(made.key_schema()),
        "BillingMode": made.billing_mode_summary().unwrap().billing_mode().unwrap().as_str(),
    });
    if !indexes.is_empty() {
        properties["GlobalSecondaryIndexes"] = indexes.into();
    }
    shape(&properties)
}

#[tokio::test]
async fn the_tables_are_those_that_the_crates_make() {
    let engine = Engine::memory().await.unwrap();
    let client = engine.client(&Meter::default()).await;
    flyball_governor::create_table(&client, "flyball-governor").await.unwrap();
    flyball_records::create_table(&client, "flyball-records").await.unwrap();
    flyball_accounts::create_table(&client, "flyball-accounts").await.unwrap();
    let template = template().unwrap();
    assert_eq!(of_type(&template, "AWS::DynamoDB::Table").len(), 3);
    for (name, table) in [
        ("GovernorTable", "flyball-governor"),
        ("RecordsTable", "flyball-records"),
        ("AccountsTable", "flyball-accounts"),
    ] {
        let properties = &resource(&template, name)["Properties"];
        assert_eq!(shape(properties), made(&client, table).await, "{name}");
    }
}

/// The Amazon resource names that a statement is about: the resource of the template, and what of it.
fn resources_of(statement: &Value) -> Vec<(String, String)> {
    let named = |value: &Value| match value["Fn::Sub"].as_str() {
        Some(text) => {
            let inside = text.strip_prefix("${").and_then(|rest| rest.split_once(".Arn}"));
            let (name, part) = inside.expect("a part of one resource of the template");
            (name.to_owned(), part.to_owned())
        }
        None => (asked(value, "Arn").to_owned(), String::new()),
    };
    let about = &statement["Resource"];
    about.as_array().map_or_else(|| vec![named(about)], |all| all.iter().map(named).collect())
}

/// What a value of the environment is once it is deployed to an account of AWS.
fn deployed(template: &Value, value: &Value) -> String {
    if value["Ref"] == "AWS::AccountId" {
        return "111122223333".to_owned();
    }
    if value["Fn::GetAtt"].is_array() {
        assert_eq!(resource(template, asked(value, "Arn"))["Type"], "AWS::KMS::Key");
        return "arn:aws:kms:eu-central-1:111122223333:key/1".to_owned();
    }
    match (value, value["Ref"].as_str()) {
        (Value::String(text), _) => text.clone(),
        (_, Some(name)) => match resource(template, name)["Type"].as_str() {
            Some("AWS::DynamoDB::Table") => "flyball-dev-a-table".to_owned(),
            Some("AWS::SQS::Queue") => "https://sqs.eu-central-1.amazonaws.com/1/queue".to_owned(),
            other => unreachable!("a reference to {other:?}"),
        },
        _ => unreachable!("found {value}"),
    }
}

#[test]
fn only_the_emulator_can_be_told_to_reach_stores_on_loopback() {
    let template = template().unwrap();
    let account = json!({ "Ref": "AWS::AccountId" });
    for (name, function) in functions(&template) {
        let value = &function["environment"]["FLYBALL_ALLOW_LOCAL"];
        assert!(value.is_null() || *value == account, "{name}: {value}");
    }
    assert!(template["provider"]["environment"].get("FLYBALL_ALLOW_LOCAL").is_none());
}

#[test]
fn what_starts_itself_again_may_and_nothing_else() {
    let template = template().unwrap();
    let extensions = template["resources"]["extensions"].as_object().unwrap();
    for name in functions(&template).keys() {
        let logical = match name.split_once('-') {
            Some((first, second)) => format!("{}Dash{second}LambdaFunction", capital(first)),
            None => format!("{}LambdaFunction", capital(name)),
        };
        let fed = sqs_events(&functions(&template)[name]).next().is_some();
        let expected = if fed { "Allow" } else { "Terminate" };
        assert_eq!(extensions[&logical]["Properties"]["RecursiveLoop"], expected, "{name}");
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

#[test]
fn the_ticker_is_started_every_minute_and_reaches_every_queue_and_no_credentials() {
    let template = template().unwrap();
    let ticker = &functions(&template)["ticker"];
    assert_eq!(ticker["events"][0]["schedule"]["rate"][0], "rate(1 minute)");
    let statements: Vec<&Value> = of_role(&template, ticker).collect();
    let sends = statements.iter().find(|it| it["Sid"] == "Queues").unwrap();
    let to: BTreeSet<String> = resources_of(sends).into_iter().map(|(queue, _)| queue).collect();
    let fed = functions(&template).values().flat_map(sqs_events);
    let queues: BTreeSet<String> = fed.map(|it| asked(&it["arn"], "Arn").to_owned()).collect();
    assert_eq!(to, queues);
    for statement in statements {
        assert!(!statement.to_string().contains("credentials"), "{statement}");
        assert!(texts(&statement["Action"]).iter().all(|it| !it.starts_with("kms:")));
    }
}

#[test]
fn the_ops_api_reaches_every_queue_and_no_credentials_and_only_adds_to_the_trail() {
    let template = template().unwrap();
    let statements: Vec<&Value> = of_role(&template, &functions(&template)["ops-api"]).collect();
    let of_queues = |it: &&Value| resources_of(it).iter().any(|(name, _)| name.ends_with("Queue"));
    let sends: Vec<&Value> = statements.iter().copied().filter(of_queues).collect();
    let [sends] = sends[..] else { panic!("{sends:?}") };
    assert_eq!(texts(&sends["Action"]), ["sqs:SendMessage"]);
    let to: BTreeSet<String> = resources_of(sends).into_iter().map(|(queue, _)| queue).collect();
    let fed = functions(&template).values().flat_map(sqs_events);
    let queues: BTreeSet<String> = fed.map(|it| asked(&it["arn"], "Arn").to_owned()).collect();
    assert_eq!(to, queues);
    let mut of_accounts = BTreeSet::new();
    for statement in statements {
        assert!(!statement.to_string().contains("credentials"), "{statement}");
        for action in texts(&statement["Action"]) {
            assert!(!action.starts_with("kms:"), "{statement}");
            if asked_table(statement) == Some("AccountsTable") {
                let keys =
                    &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
                of_accounts.insert(format!("{action} {keys}"));
            }
        }
    }
    let expected = [
        r#"dynamodb:DeleteItem ["request#*"]"#,
        r#"dynamodb:GetItem ["accounts"]"#,
        r#"dynamodb:PutItem ["audit#*"]"#,
        r#"dynamodb:PutItem ["request#*"]"#,
        r#"dynamodb:Query ["accounts"]"#,
        r#"dynamodb:Query ["audit#*"]"#,
    ];
    assert_eq!(of_accounts.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// The table that a statement is about, where it is about one.
fn asked_table(statement: &Value) -> Option<&str> {
    statement["Resource"]["Fn::GetAtt"][0].as_str().filter(|name| name.ends_with("Table"))
}

#[test]
fn nobody_reaches_the_api_whom_no_authorizer_knows() {
    let jwt = [("apiCallers", "jwt"), ("apiIssuer", "https://id"), ("apiAudience", "ops")];
    for (parameters, authorization) in [(&[][..], "AWS_IAM"), (&jwt[..], "JWT")] {
        let template = template_with(parameters).unwrap();
        for (name, route) in of_type(&template, "AWS::ApiGatewayV2::Route") {
            let route = &route["Properties"];
            assert_eq!(route["AuthorizationType"], authorization, "{name}");
            assert_eq!(route["RouteKey"], "ANY /v1/{proxy+}", "{name}");
        }
        for function in functions(&template).values() {
            let events = function["events"].as_array().unwrap();
            let open = ["http", "httpApi", "alb", "url", "websocket"];
            assert!(events.iter().all(|event| open.iter().all(|it| event.get(it).is_none())));
            assert!(function.get("url").is_none());
        }
        let permission = &resource(&template, "ApiPermission")["Properties"];
        let from = permission["SourceArn"]["Fn::Sub"].as_str().unwrap();
        assert!(from.ends_with(":${Api}/*/*/v1/*"), "{from}");
    }
    let template = template_with(&jwt).unwrap();
    let route = &resource(&template, "ApiRoute")["Properties"];
    assert_eq!(route["AuthorizationScopes"], json!([SCOPE_READ, SCOPE_OPERATE]));
    let authorizer = route["AuthorizerId"]["Ref"].as_str().unwrap();
    let tokens = &resource(&template, authorizer)["Properties"];
    assert_eq!(tokens["JwtConfiguration"], json!({ "Issuer": "https://id", "Audience": ["ops"] }));
    let without = template_with(&[("apiCallers", "jwt")]);
    assert!(without.is_err(), "an issuer has to be named");
}

#[test]
fn the_api_is_throttled_and_writes_down_each_request_as_json() {
    let template = template().unwrap();
    let stage = &resource(&template, "ApiStage")["Properties"];
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert!(stage["DefaultRouteSettings"][limit].as_u64().is_some_and(|most| most <= 100));
    }
    let log = &stage["AccessLogSettings"];
    let line: Value = serde_json::from_str(log["Format"].as_str().unwrap()).unwrap();
    assert!(line.as_object().unwrap().values().all(|it| it.as_str().unwrap().starts_with('$')));
    let group = resource(&template, asked(&log["DestinationArn"], "Arn"));
    assert_eq!(group["Properties"]["RetentionInDays"], 30);
    let integration = &resource(&template, "ApiIntegration")["Properties"];
    assert_eq!(integration["PayloadFormatVersion"], "2.0");
    let waits_s = integration["TimeoutInMillis"].as_u64().unwrap() / 1_000;
    assert!(functions(&template)["ops-api"]["timeout"].as_u64().unwrap() < waits_s);
}

#[test]
fn what_expires_in_a_table_is_forgotten_by_it() {
    let template = template().unwrap();
    for (table, attribute) in [("GovernorTable", "ttl"), ("AccountsTable", "expires")] {
        let forgets = &resource(&template, table)["Properties"]["TimeToLiveSpecification"];
        assert_eq!(forgets, &json!({ "AttributeName": attribute, "Enabled": true }), "{table}");
    }
}

#[test]
fn a_functions_environment_is_what_it_reads_and_holds_no_secret() {
    let template = template().unwrap();
    for (name, function) in functions(&template) {
        let mut environment = template["provider"]["environment"].as_object().unwrap().clone();
        environment.extend(function["environment"].as_object().unwrap().clone());
        // Read with the logs, before the configuration: where spans go is told by a public URL.
        environment.remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        let read = RefCell::new(BTreeSet::new());
        let lookup = |variable: &str| {
            read.borrow_mut().insert(variable.to_owned());
            environment.get(variable).map(|value| deployed(&template, value))
        };
        if sqs_events(function).next().is_some() {
            ImporterConfig::parse(lookup).unwrap();
        } else {
            SenderConfig::parse(lookup).unwrap();
        }
        for (variable, value) in &environment {
            assert!(read.borrow().contains(variable), "{name}: {variable}");
            let harmless = ["Ref", "Fn::GetAtt"].iter().any(|it| value.get(it).is_some());
            assert!(harmless, "{name}: {variable} may be a secret");
        }
    }
}

#[test]
fn no_statement_allows_everything_or_everywhere() {
    let template = template().unwrap();
    for statement in statements(&template) {
        assert_eq!(statement["Effect"], "Allow");
        for action in texts(&statement["Action"]) {
            assert!(!action.contains('*'), "{action}");
        }
        for (name, part) in resources_of(statement) {
            assert!(!part.contains('*'), "{statement}");
            // Log groups are made by the framework.
            let known = name.ends_with("LogGroup") || resource(&template, &name).is_object();
            assert!(known, "{statement}");
        }
        assert!(["NotAction", "NotResource"].iter().all(|not| statement.get(not).is_none()));
    }
}

#[test]
fn nobody_writes_a_lane_but_by_a_transition() {
    let template = template().unwrap();
    let mut allowed = String::new();
    for statement in statements(&template) {
        let about = resources_of(statement);
        if about.iter().all(|(name, part)| name != "GovernorTable" || !part.is_empty()) {
            continue;
        }
        let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        for action in texts(&statement["Action"]) {
            writeln!(allowed, "{action} {keys}").unwrap();
        }
    }
    assert!(!allowed.is_empty());
    for line in allowed.lines() {
        let writes_whole = ["PutItem", "BatchWriteItem", "Transact", "PartiQL"];
        assert!(!writes_whole.iter().any(|action| line.contains(action)), "{line}");
        let removes = line.contains("DeleteItem");
        assert!(!removes || line == r#"dynamodb:DeleteItem ["lot#*"]"#, "{line}");
        // The sweep's walk has no partition.
        let bound = !line.ends_with("null") || line == "dynamodb:Scan null";
        assert!(bound, "{line}: of no partition in particular");
    }
}
