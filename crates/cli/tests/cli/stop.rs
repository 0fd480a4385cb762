use crate::process::{Done, Shop, arg, command, finish, flyball};

/// A folder into which a store was imported.
pub(crate) struct Imported {
    pub(crate) shop: Shop,
    _dir: tempfile::TempDir,
    pub(crate) data: String,
}

pub(crate) fn imported() -> Imported {
    let shop = Shop::open(&["--products", "20"]);
    let dir = tempfile::tempdir().unwrap();
    let data = arg(&dir.path().join("data")).to_owned();
    finish(&mut shop.import(&data)).good();
    Imported { shop, _dir: dir, data }
}

impl Imported {
    pub(crate) fn run(&self, args: &[&str]) -> Done {
        finish(command(args).args(["--data", &self.data]))
    }

    fn scope(&self) -> String {
        format!("account:{}", self.shop.account())
    }
}

#[test]
fn a_stopped_account_is_not_imported_until_it_is_resumed() {
    let it = imported();
    let scope = it.scope();
    let stop = ["stop", &scope, "--reason", "stocktaking", "--by", "mia", "--for", "2h", "--json"];
    let stopped = it.run(&stop).good().json();
    for (name, value) in
        [("mode", "stop"), ("reason", "stocktaking"), ("by", "mia"), ("scope", scope.as_str())]
    {
        assert_eq!(stopped[name], value, "{stopped}");
    }
    assert_eq!((&stopped["complete"], &stopped["running"]), (&true.into(), &0.into()));

    let why = it.run(&["why", &it.shop.account()]).good().out;
    assert!(why.contains(": stopped"), "{why}");
    assert!(
        why.contains("the account is stopped by mia: stocktaking; for another 1 h 59"),
        "{why}"
    );

    let import = finish(&mut it.shop.import(&it.data));
    assert_eq!(import.code, Some(1), "{import:?}");
    assert!(import.err.contains("not finished: the account is stopped by mia"), "{import:?}");
    let why = it.run(&["why", &it.shop.account(), "--json"]).good().json();
    assert_eq!(why["parked"][0]["job"], format!("{}/products/incremental", it.shop.account()));

    let resumed = it.run(&["resume", &scope, "--json"]).good().json();
    assert_eq!((&resumed["lifted"], &resumed["woken"]), (&true.into(), &1.into()), "{resumed}");
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
    let again = it.run(&["resume", &scope]).good().out;
    assert_eq!(again, format!("there is no stop of {scope} to lift\n"));
}

#[test]
fn a_stop_of_another_kind_holds_nobody_up() {
    let it = imported();
    let orders = format!("{}/orders", it.scope());
    it.run(&["stop", &orders, "--reason", "x", "--until-lifted"]).good();
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
    let why = it.run(&["why", &it.shop.account()]).good().out;
    assert!(why.contains("orders are stopped by tester: x, until lifted"), "{why}");
    let products = format!("{}/products", it.scope());
    it.run(&["stop", &products, "--reason", "x", "--mode", "hold"]).good();
    assert_eq!(finish(&mut it.shop.import(&it.data)).code, Some(1));
}

#[test]
fn a_dimmer_lets_some_through() {
    let it = imported();
    let dim = ["stop", &it.scope(), "--reason", "x", "--mode", "limit=1", "--json"];
    let dimmed = it.run(&dim).good().json();
    assert_eq!(dimmed["mode"], "limit=1", "{dimmed}");
    assert_eq!(finish(&mut it.shop.import(&it.data)).good().json()["finished"], true);
}

#[test]
fn the_printed_command_does_nothing_and_names_the_lane() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    for args in [
        &["stop", "account:blue-mug", "--reason", "it's late", "--print"][..],
        &["resume", "account:blue-mug", "--print"],
    ] {
        let done = finish(command(args).args(["--data", arg(&nowhere)])).good();
        assert!(done.out.starts_with("aws dynamodb update-item "), "{done:?}");
        assert!(done.out.contains("lane#blue-mug"), "{done:?}");
    }
    assert!(!nowhere.exists());
    let stop = flyball(&["stop", "account:blue-mug", "--reason", "it's late", "--print"]).good();
    assert!(stop.out.contains(r"it'\''s late"), "{}", stop.out);
}
