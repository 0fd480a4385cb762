use flyball_domain::{JobKey, Kind, Mode, UnixMillis};
use flyball_records::{AsideCode, Run};
use serde_json::Value;

use crate::world::World;

/// Sets so many jobs of an account aside, each with a trouble of `reason`.
async fn set_aside(world: &World, account: &str, jobs: u64, reason: &str) {
    for number in 0..jobs {
        let id = format!("{account}-{number}").parse().unwrap();
        let mode = Mode::Record { id };
        let job = JobKey { account: account.parse().unwrap(), kind: Kind::Products, mode };
        let now = UnixMillis(world.ops.governor.now().0);
        let run = Run { job: &job, fence: 1, now, since: 1, window: None };
        let code = AsideCode::VendorRefused;
        world.ops.records.set_job_aside(&run, code, "{}", reason).await.unwrap();
    }
}

/// All pages of this size: how many entries each has, and the names of all.
async fn pages(world: &World, query: &str) -> (Vec<u64>, Vec<String>) {
    let (mut counts, mut names) = (vec![], vec![]);
    let mut path = format!("/v1/errors?{query}");
    loop {
        let page = world.get(&path).await.json;
        counts.push(page["count"].as_u64().unwrap());
        for group in page["groups"].as_array().unwrap() {
            let ids = group["ids"].as_array().unwrap().iter();
            names.extend(ids.map(|id| id.as_str().unwrap().to_owned()));
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/errors?{query}&after={next}");
    }
    names.sort();
    names.dedup();
    (counts, names)
}

#[tokio::test]
async fn what_is_set_aside_comes_in_pages_each_entry_once() {
    let world = World::with(&["blue-mug", "grey-mug", "red-mug"]).await;
    set_aside(&world, "blue-mug", 5, "a price is missing").await;
    set_aside(&world, "red-mug", 4, "a price is missing").await;
    let (whole, all) = pages(&world, "limit=1000").await;
    assert_eq!((whole, all.len()), (vec![9], 9));
    for limit in [1, 2, 3, 4, 5, 9] {
        let (counts, names) = pages(&world, &format!("limit={limit}")).await;
        assert_eq!(names, all, "limit {limit}: {counts:?}");
        assert_eq!(counts.iter().sum::<u64>(), 9, "limit {limit}: {counts:?}");
        assert!(counts.iter().all(|count| *count <= limit), "limit {limit}: {counts:?}");
    }
    let (counts, names) = pages(&world, "account=red-mug&limit=3").await;
    assert_eq!((counts.iter().sum::<u64>(), names.len()), (4, 4));
    let nobodys = world.get("/v1/errors?customer=tubs").await.json;
    assert_eq!((&nobodys["count"], &nobodys["next"]), (&0.into(), &Value::Null));
}
