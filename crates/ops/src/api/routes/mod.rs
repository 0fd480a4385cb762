mod looking;
mod operating;

pub(super) use looking::*;
pub(super) use operating::*;

use super::route::Routes;

/// Every route there is.
pub(super) fn all() -> Routes {
    Routes::default()
        .with(__path_openapi, openapi)
        .with(__path_list_switches, list_switches)
        .with(__path_set_switch, set_switch)
        .with(__path_dry_run, dry_run)
        .with(__path_lift_switch, lift_switch)
        .with(__path_radius_of, radius_of)
        .with(__path_list_lanes, list_lanes)
        .with(__path_list_accounts, list_accounts)
        .with(__path_why_account, why_account)
        .with(__path_outages_of_account, outages_of_account)
        .with(__path_sync_account, sync_account)
        .with(__path_list_errors, list_errors)
        .with(__path_one_error, one_error)
        .with(__path_replay_errors, replay_errors)
        .with(__path_list_audit, list_audit)
}
