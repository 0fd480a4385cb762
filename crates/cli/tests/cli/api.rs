//! The same commands at an ops API: that of `flyball up`.

use serde_json::Value;

use crate::process::{Done, Running, Shop, arg, command, finish, flyball};

/// A folder whose stores are imported, and its ops API.
struct Served {
    _dir: tempfile::TempDir,
    data: String,
    up: Running,
    url: String,
    token: String,
}

impl Served {
    fn with(shops: &[(&Shop, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = arg(&dir.path().join("data")).to_owned();
        for (shop, id) in shops {
            let rarely = ["--every", "7d", "--reconcile-every", "7d", "--kinds", "products"];
            finish(shop.add(&data).args(["--id", id]).args(rarely)).good();
        }
        let mut up = Running::start(&mut command(&["up", "--json", "--data", &data]));
        let line = up.wait_for("ops API: ");
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let url = url.split_once("/v1/").unwrap().0.to_owned();
        let file = line.rsplit(' ').next().unwrap().trim();
        let endpoint: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let token = endpoint["token"].as_str().unwrap().to_owned();
        Self { _dir: dir, data, up, url, token }
    }

    fn at_api(&self, args: &[&str]) -> Done {
        finish(command(args).args(["--url", &self.url]).env("FLYBALL_TOKEN", &self.token))
    }

    fn at_folder(&self, args: &[&str]) -> Done {
        flyball(&[args, &["--data", &self.data]].concat())
    }
}

/// What may differ between two looks: when each was taken.
fn without_moments(mut value: Value) -> Value {
    value.as_object_mut().unwrap().remove("at");
    value
}

#[test]
fn an_api_tells_what_its_folder_tells() {
    let (one, other) = (Shop::open(&["--products", "30"]), Shop::open(&["--products", "30"]));
    let mut it = Served::with(&[(&one, "blue-mug"), (&other, "red-mug")]);
    it.up.wait_for_json(|told| told["finished"] == 2 && told["running"] == 0);
    let stop = ["stop", "account:red-mug", "--reason", "stocktaking", "--until-lifted", "--json"];
    let stopped = it.at_api(&stop).good().json();
    assert_eq!((&stopped["complete"], &stopped["by"]), (&true.into(), &"tester".into()));

    for args in [
        &["why", "blue-mug"][..],
        &["why", "red-mug"],
        &["errors"],
        &["outages", "blue-mug"],
        &["account", "list"],
    ] {
        let text = it.at_api(args).good().out;
        assert_eq!(text, it.at_folder(args).good().out, "{args:?}");
    }
    for args in
        [&["why", "red-mug", "--json"][..], &["errors", "--json"], &["account", "list", "--json"]]
    {
        let json = without_moments(it.at_api(args).good().json());
        assert_eq!(json, without_moments(it.at_folder(args).good().json()), "{args:?}");
    }
    let of_one = ["account", "list", "--customer", "red-mug", "--json"];
    let listed = it.at_api(&of_one).good().json();
    let [account] = &listed["accounts"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(
        (&account["account"], &account["freshness"]),
        (&"red-mug".into(), &"on_time".into())
    );
    assert_eq!(it.at_folder(&of_one).good().json(), listed);
    let of_none = it.at_api(&["account", "list", "--customer", "hearth"]).good().out;
    assert_eq!(of_none, format!("there are no accounts of customer hearth in {} yet\n", it.url));
    // Whose records are counted costs a deployed system a read of all of them.
    let status = it.at_api(&["status", "--json"]).good().json();
    let mut here = it.at_folder(&["status", "--json"]).good().json();
    for line in here["accounts"].as_array_mut().unwrap() {
        assert_eq!(line["records"], 30, "{line}");
        line["records"] = Value::Null;
    }
    assert_eq!(without_moments(status), without_moments(here));
}

#[test]
fn an_account_is_stopped_synced_and_resumed_over_the_api_and_that_is_written_down() {
    let shop = Shop::open(&["--products", "1000", "--dial", "latency=150ms"]);
    let mut it = Served::with(&[(&shop, "blue-mug")]);
    it.up.wait_for_json(|told| told["running"] == 1);
    for scope in ["shopify", "account:blue-mug", "customer:blue-mug"] {
        let stop = ["stop", scope, "--reason", "stocktaking", "--by", "mia", "--ramp", "1s"];
        let wide = &stop[..if scope == "shopify" { 8 } else { 6 }];
        let stopped = it.at_api(&[wide, &["--json"]].concat()).good().json();
        assert_eq!(stopped["complete"], true, "{stopped}");
        assert_eq!((&stopped["by"], &stopped["audited"]), (&"mia".into(), &true.into()));
        let lanes = it.at_api(&["why", "blue-mug", "--json"]).good().json();
        assert_eq!(lanes["state"], "stopped", "{lanes}");
        let resumed = it.at_api(&["resume", scope, "--json"]).good().json();
        assert_eq!(resumed["lifted"], true, "{resumed}");
        it.up.wait_for_json(|told| told["running"] == 1);
    }
    let asked = it.at_api(&["sync", "blue-mug", "--json"]).good().json();
    assert_eq!((&asked["runs"], asked["asked"].as_array().unwrap().len()), (&"now".into(), 1));
    let none = it.at_api(&["replay", "--all", "--json"]).good().json();
    assert_eq!(none["asked"].as_array().map(Vec::len), Some(0), "{none}");
    let again = it.at_api(&["resume", "shopify"]).good().out;
    assert_eq!(again, "there is no stop of shopify to lift\n");
}

#[test]
fn what_the_api_refuses_is_told_in_its_words() {
    let it = Served::with(&[]);
    let unknown = it.at_api(&["why", "blue-mug"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert_eq!(
        unknown.err,
        "error: found no account blue-mug, and no other either: connect a store first\n"
    );
    let mut strange = command(&["status", "--url", &it.url]);
    let refused = finish(strange.env("FLYBALL_TOKEN", "none"));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("found no caller that is known"), "{refused:?}");
    assert!(!refused.err.contains("none:"), "{refused:?}");
    let other = it.at_api(&["account", "check", "blue-mug"]);
    assert!(other.err.contains("a command that the ops API does not have"), "{other:?}");
    let both = it.at_api(&["account", "list", "--stage", "dev"]);
    assert!(both.err.contains("found both --stage and --url"), "{both:?}");
    let mut gone = command(&["status", "--url", "http://127.0.0.1:9"]);
    let gone = finish(gone.env("FLYBALL_TOKEN", "none"));
    assert!(gone.err.contains("no answer from the ops API at http://127.0.0.1:9"), "{gone:?}");
}
