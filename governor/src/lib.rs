//! The serial governor on `DynamoDB`: runs the transitions of `flyball-governor-core` as single
//! conditional updates, keeps the parking lot, and tells whoever must wait why and until when. It
//! never decides anything that the pure core could decide, never calls a vendor, and never knows
//! what the governed work is.
//!
//! Any work that must not run over somebody else can be governed: here, mails to one server.
//!
//! ```
//! use std::sync::Arc;
//!
//! use flyball_governor::{
//!     Admission, Governor, LaneId, LaneSpec, Policy, SystemClock, SystemEntropy, create_table,
//! };
//! # use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
//! # async fn engine() -> Result<aws_sdk_dynamodb::Client, Box<dyn std::error::Error>> {
//! #     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! #     let url = format!("http://{}", listener.local_addr()?);
//! #     tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory()?));
//! #     let config = aws_sdk_dynamodb::Config::builder()
//! #         .behavior_version(BehaviorVersion::latest())
//! #         .region(Region::new("eu-central-1"))
//! #         .credentials_provider(Credentials::new("test", "test", None, None, "test"))
//! #         .endpoint_url(url);
//! #     Ok(aws_sdk_dynamodb::Client::from_conf(config.build()))
//! # }
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = engine().await?; // or `aws_sdk_dynamodb::Client::new(…)`
//! create_table(&client, "mailer").await?;
//! let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
//! let governor = Governor::new(client, "mailer", Policy::STANDARD, clock, entropy);
//!
//! // At most one connection to this server, however many machines ask.
//! let (lane, spec): (LaneId, _) = ("smtp.example".parse()?, LaneSpec::alone(1));
//! let digest = governor.claim("digest".parse()?, "mail".parse()?);
//! let Admission::Admitted(mut holder) = governor.admit(&lane, &digest, &spec).await? else {
//!     panic!("nobody else is there yet");
//! };
//!
//! // Whoever comes meanwhile is told why it must wait, and until when.
//! let alert = governor.claim("alert".parse()?, "mail".parse()?);
//! let Admission::Refused(refusal) = governor.admit(&lane, &alert, &spec).await? else {
//!     panic!("the only slot is in use");
//! };
//! assert_eq!(refusal.sentence().why, "the only slot is in use");
//!
//! // Before every call: is the slot still mine, is nothing stopped, how long may it take?
//! let leave = holder.leave().await.map_err(|halt| format!("{halt:?}"))?;
//! assert!(leave.timeout_ms <= Policy::STANDARD.call_timeout_ms);
//! holder.succeeded().await?;
//! holder.finished().await?;
//! assert!(matches!(governor.admit(&lane, &alert, &spec).await?, Admission::Admitted(_)));
//! # Ok(())
//! # }
//! ```

mod board;
mod chore;
mod clock;
mod command;
mod error;
mod evidence;
mod governor;
mod holder;
mod item;
mod key;
mod ledger;
mod line;
mod lot;
pub mod render;
mod skew;
mod stretch;
mod sweep;
mod system;
mod table;
mod waker;

pub use chore::{Chore, Claimed, Progress, Round, Turn};
pub use clock::{Clock, Entropy};
pub use command::{aws_command, aws_commands_for_board};
pub use error::GovernorError;
pub use evidence::Witness;
pub use governor::{Admission, Governor, LaneSpec, Tried};
pub use holder::{
    CallLeave, FailedCall, Freed, Halt, Holder, Passed, PushBack, WideAsked, wide_limits,
};
pub use key::{LaneId, LaneIdError};
pub use ledger::OUTAGES_READ_MAX;
pub use line::Stood;
pub use lot::{Parked, Requests};
pub use stretch::{Stretch, StretchEnd};
pub use sweep::LotsPage;
pub use system::{SystemClock, SystemEntropy};
pub use table::create_table;
pub use waker::{WaitingPage, WakeCursor};

pub use flyball_governor_core as core;
pub use flyball_governor_core::{
    Board, Claim, Ending, GroupName, Lane, LeaseId, Nonce, Outage, Policy, Reach, Reason, Refusal,
    Seat, Sentence, Span, Standing, Startable, Stop, StopCause, StopMode, UnixMillis, Waiting,
    WorkKind, next_look, standing, stop_is_complete,
};
