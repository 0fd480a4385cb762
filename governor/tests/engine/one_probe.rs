//! However many ask at a passing gate, one goes through.

use flyball_governor::core::Seat;
use flyball_governor::{Admission, Claim, FailedCall, LaneSpec, Policy, PushBack, UnixMillis};
use futures::{StreamExt as _, stream};

use crate::support::{Bench, bench, lane_id};

/// How many ask.
const CALLERS: usize = 1_000;

/// How many of them at once.
const AT_ONCE: usize = 64;

fn claim(bench: &Bench, id: &str) -> Claim {
    bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap())
}

#[tokio::test]
async fn one_probe_of_a_thousand_callers_passes_a_gate() {
    let bench = bench(Policy::STANDARD).await;
    let Admission::Admitted(first) =
        bench.governor.admit(&lane_id(), &claim(&bench, "a"), &LaneSpec::alone(24)).await.unwrap()
    else {
        unreachable!("a free lane")
    };
    let call = FailedCall::new(UnixMillis(1), "server_error", "HTTP 503");
    let down = PushBack::Unavailable { call, until: None };
    first.pushed_back(&down).await.unwrap();
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);

    let answers: Vec<Admission> = stream::iter(0..CALLERS)
        .map(|n| {
            let claim = claim(&bench, &format!("c{n}"));
            let governor = bench.governor.clone();
            async move { governor.admit(&lane_id(), &claim, &LaneSpec::alone(24)).await.unwrap() }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let admitted: Vec<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            Admission::Admitted(holder) => Some(holder.lease().seat),
            Admission::Refused(_) => None,
        })
        .collect();
    assert_eq!(admitted, [Seat::Probe]);
}
