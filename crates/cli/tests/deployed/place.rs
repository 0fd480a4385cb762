//! A deployment, and stores that are connected to it.

use std::process::Stdio;

use flyball_domain::{Integration, Kind};
use flyball_governor::Lane;
use flyball_queue::{Counts, Queue as _, SqsQueue};
use flyball_tests::emulator::Emulated;
use flyball_tests::world::{Setup, Shop, differences_of, eventually_within};
use serde_json::Value;
use tokio::process::Command;

/// The environment variable in which the program is given a store's credentials.
const TOKEN: &str = "STORE_TOKEN";

/// What a token is for that may change what it may look at.
pub(crate) const OPERATE: &str = "flyball/operate";

/// How long is waited for what the emulator's schedule starts: two of its minutes, and what the
/// slowest backoff of a test adds.
pub(crate) const PATIENCE: core::time::Duration = core::time::Duration::from_mins(3);

const NOTHING: Counts = Counts { visible: 0, in_flight: 0, delayed: 0 };

/// The template, deployed.
pub(crate) struct Place {
    pub(crate) emulated: Emulated,
}

impl Place {
    pub(crate) async fn deployed() -> Self {
        Self { emulated: Emulated::deployed().await }
    }

    /// Runs the program on the deployment's tables, and returns what it tells.
    async fn flyball(&self, args: &[&str], secret: &str) -> Value {
        let stage = self.emulated.stage.to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_flyball"));
        command.args(args).args(["--stage", &stage]).envs(self.emulated.environment());
        self.told(command.env(TOKEN, secret)).await
    }

    /// Runs the program on the deployment's ops API, as somebody with nothing but its URL and a
    /// token, and returns what it tells.
    pub(crate) async fn at_api(&self, args: &[&str]) -> Value {
        let token = self.emulated.token(OPERATE).await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_flyball"));
        command.args(args).args(["--url", &self.emulated.api_url()]);
        self.told(command.env("FLYBALL_TOKEN", token)).await
    }

    async fn told(&self, command: &mut Command) -> Value {
        let output = command
            .arg("--json")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}\n{}", self.emulated.log());
        let told = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(told.lines().last().unwrap()).unwrap()
    }

    /// Opens a store and connects it.
    pub(crate) async fn shop(&self, name: &str, integration: Integration, every: &str) -> Shop {
        self.dialed_shop(name, integration, every, &[]).await
    }

    /// The same with dials that are turned before it is connected.
    pub(crate) async fn dialed_shop(
        &self,
        name: &str,
        integration: Integration,
        every: &str,
        dials: &[&str],
    ) -> Shop {
        let setup = Setup { integration, products: 40, orders: 12, ..Setup::default() };
        let shop = Shop::serve(name, setup).await;
        shop.dial(dials);
        let (integration, store) = (integration.to_string(), shop.store.address());
        let add = ["account", "add", &integration, "--store", &store, "--id", name];
        let more = ["--token-env", TOKEN, "--every", every, "--allow-local"];
        let told = self.flyball(&[&add[..], &more].concat(), shop.store.credentials()).await;
        assert_eq!((&told["account"], &told["new"]), (&name.into(), &true.into()), "{told}");
        shop
    }

    /// Waits until what is stored of a shop is what it has.
    pub(crate) async fn imported(&self, shop: &Shop, kind: Kind) {
        let what = format!("the {kind} of {} to be imported", shop.account);
        let mut last = Vec::new();
        let same = eventually_within(PATIENCE, async || {
            last = differences_of(&self.emulated.records, shop, kind).await;
            last.is_empty().then_some(())
        });
        if same.await.is_none() {
            unreachable!("waited in vain for {what}: {last:?}\n{}", self.emulated.log());
        }
    }

    /// Waits until a shop's lane is as wanted.
    pub(crate) async fn lane(&self, shop: &Shop, what: &str, is: impl Fn(&Lane) -> bool) -> Lane {
        let found = eventually_within(PATIENCE, async || {
            self.emulated.governor.look(&shop.lane).await.unwrap().filter(&is)
        });
        match found.await {
            Some(lane) => lane,
            None => unreachable!("waited in vain for {what}\n{}", self.emulated.log()),
        }
    }

    /// Waits until a queue holds nothing, neither to be received nor received and not dealt with.
    pub(crate) async fn drained(&self, integration: Integration, kind: Kind) {
        let queue = self.emulated.queue(integration, kind).await;
        let drained = eventually_within(PATIENCE, async || {
            (queue.counts().await.unwrap() == NOTHING).then_some(())
        });
        assert!(drained.await.is_some(), "{integration} {kind}:\n{}", self.emulated.log());
    }

    /// A queue holds nothing.
    pub(crate) async fn nothing_in(&self, queue: &SqsQueue) {
        let held = queue.counts().await.unwrap();
        assert_eq!(held, NOTHING, "{}:\n{}", queue.url(), self.emulated.log());
    }

    /// Waits until something of a shop's waits in its lot.
    pub(crate) async fn parked(&self, shop: &Shop) {
        let parked = eventually_within(PATIENCE, async || {
            let rows = self.emulated.governor.parked(&shop.lane).await.unwrap();
            (!rows.is_empty()).then_some(())
        });
        assert!(parked.await.is_some(), "{}:\n{}", shop.account, self.emulated.log());
    }
}
