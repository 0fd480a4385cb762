//! Everything that the ops API may have to do.

use flyball_accounts::{Answer, RequestKey};
use flyball_domain::{Integration, JobKey, Kind, Mode, UnixMillis};
use flyball_ops::accounts::{Wanted, status};
use flyball_ops::audit::{self, Change};
use flyball_ops::outages::Past;
use flyball_ops::set_aside::{self, Whose};
use flyball_ops::switches::{self, SetSwitch, lift, set};
use flyball_ops::sync::{SyncRequest, sync};
use flyball_ops::why::why;
use flyball_ops::{Author, Facts, Scope, find_account, lanes};
use flyball_records::{AsideCode, Run};
use flyball_tests::world::Shop;
use serde_json::json;

use super::stage::{Operating, Stage};

/// A shop of which both kinds are imported.
async fn whole_shop(stage: &Stage, integration: Integration, name: &str) -> Shop {
    let shop = stage.shop(integration, name).await;
    let accounts = &stage.stores.accounts;
    let mut account = accounts.get(&shop.account).await.unwrap();
    account.kinds = Kind::ALL.iter().copied().collect();
    accounts.put(&account).await.unwrap();
    shop
}

/// Looks at everything that there is to see of a shop.
pub(super) async fn looking(stage: &Stage, operating: &Operating) {
    let ops = &operating.ops;
    let shop = whole_shop(stage, Integration::Shopify, "looked-at").await;
    let account = find_account(&ops.accounts, &shop.account).await.unwrap();
    status(ops, &Wanted { limit: 9, ..Wanted::default() }).await.unwrap();
    let facts = Facts::of(ops, account.clone()).await.unwrap();
    why(ops, &facts).await.unwrap();
    Past::of(ops, account).await.unwrap();
    lanes::page(ops, &Scope::All, None, 9).await.unwrap();
    switches::list(ops, None, None, 9).await.unwrap();
    switches::radius(ops, &Scope::All).await.unwrap();
    audit::page(ops, None, 9).await.unwrap();

    let mode = Mode::Record { id: "7".parse().unwrap() };
    let job = JobKey { account: shop.account.clone(), kind: Kind::Products, mode };
    let now = UnixMillis(ops.governor.now().0);
    let run = Run { job: &job, fence: 1, now, since: 1, window: None };
    let records = &stage.stores.records;
    records.set_job_aside(&run, AsideCode::OurFault, "{}", "a fault").await.unwrap();
    let inbox = set_aside::inbox(ops, &Whose::default(), None, 9).await.unwrap();
    let name = inbox.groups[0].ids[0].parse().unwrap();
    set_aside::one(ops, &Whose::default(), &name).await.unwrap();
}

/// Switches at each kind of scope: plainly, and as whoever has seen what stands.
pub(super) async fn switching(stage: &Stage, operating: &Operating) {
    let ops = &operating.ops;
    let shop = stage.shop(Integration::Shopify, "switched").await;
    let author: Author = "mia".parse().unwrap();
    let change = Change { author: &author, caller: "mia", request: None };
    let customer = find_account(&ops.accounts, &shop.account).await.unwrap().customer;
    let account = &shop.account;
    for scope in
        ["all".to_owned(), format!("customer:{customer}"), format!("account:{account}/orders")]
    {
        let asked = json!({ "scope": scope, "reason": "drill" });
        let asked: SetSwitch = serde_json::from_value(asked).unwrap();
        for seen in [None, Some("*")] {
            set(ops, &asked, seen, &change).await.unwrap();
        }
        lift(ops, &asked.scope, Some("*"), &change).await.unwrap();
        set(ops, &asked, None, &change).await.unwrap();
        lift(ops, &asked.scope, None, &change).await.unwrap();
    }
}

/// Asks for imports of every integration and kind, and for what was set aside once more.
pub(super) async fn asking(stage: &Stage, operating: &Operating) {
    let Operating { ops, queues, .. } = operating;
    let author: Author = "mia".parse().unwrap();
    let change = Change { author: &author, caller: "mia", request: None };
    for integration in Integration::ALL {
        let shop = whole_shop(stage, *integration, &format!("asked-{integration}")).await;
        let request = SyncRequest::default();
        sync(ops, queues, &shop.account, &request, &change).await.unwrap();
    }
    set_aside::replay(ops, queues, &Whose::default(), None, &change).await.unwrap();
}

/// Remembers a request that may be repeated, and forgets another.
pub(super) async fn remembering(operating: &Operating) {
    let accounts = &operating.ops.accounts;
    let now = UnixMillis(operating.ops.governor.now().0);
    let request = |key: &str| RequestKey::new("mia", key, &[b"POST"]);
    accounts.claim_request(&request("one"), now).await.unwrap();
    let answer = Answer { status: 200, body: "{}".to_owned() };
    accounts.remember_request(&request("one"), &answer, now).await.unwrap();
    accounts.claim_request(&request("other"), now).await.unwrap();
    accounts.forget_request(&request("other")).await.unwrap();
}
