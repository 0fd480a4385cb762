//! What stands on the board that somebody has to know of.

use flyball_governor::UnixMillis;
use flyball_governor::core::{Board, Platform};

/// How long after its end and its ramp a switch may still stand, in milliseconds: as long as it may
/// take to let a hundred thousand lanes go twice.
const LET_GO_WITHIN_MS: u64 = 300_000;

/// How many groups are held to be down.
pub(crate) fn groups_down(board: &Board) -> u64 {
    count(board.platforms.values().filter(|state| matches!(state, Platform::Down(_))))
}

/// How many switches still stand although all that they held should have been let go.
pub(crate) fn switches_overdue(board: &Board, now: UnixMillis) -> u64 {
    count(board.switches.values().filter(|switch| {
        let end = switch.stop.until;
        end.is_some_and(|end| end.plus(switch.ramp_ms).plus(LET_GO_WITHIN_MS) < now)
    }))
}

fn count<T>(of: impl Iterator<Item = T>) -> u64 {
    u64::try_from(of.count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use flyball_governor::core::{Incident, Return, Stop, Suspicion, Switch};

    use super::*;

    #[test]
    fn only_a_group_that_is_down_counts_as_down() {
        let incident = Incident {
            since: UnixMillis(1),
            detected: UnixMillis(2),
            chosen: UnixMillis(2),
            canaries: [].into(),
        };
        let mut board = Board::default();
        let mut set = |name: &str, state| board.platforms.insert(name.parse().unwrap(), state);
        set("shopify", Platform::Down(incident));
        set("magento", Platform::Suspected(Suspicion::of_nobody(UnixMillis(1))));
        set("bigcommerce", Platform::Back(Return::known(UnixMillis(1), UnixMillis(2))));
        assert_eq!(groups_down(&board), 1);
    }

    #[test]
    fn a_switch_is_overdue_five_minutes_after_its_end_and_its_ramp_and_one_without_an_end_never() {
        let switch = |until| Switch {
            stop: Stop {
                mode: flyball_governor::StopMode::Stop,
                reason: "a drill".to_owned(),
                author: "ann".to_owned(),
                until,
            },
            since: UnixMillis(0),
            ramp_ms: 60_000,
        };
        let mut board = Board::default();
        board.switches.insert("all".parse().unwrap(), switch(None));
        board.switches.insert("shopify".parse().unwrap(), switch(Some(UnixMillis(1_000))));
        assert_eq!(switches_overdue(&board, UnixMillis(361_000)), 0);
        assert_eq!(switches_overdue(&board, UnixMillis(361_001)), 1);
    }
}
