//! What is written down in the repository holds together: code, documents, template, walls.

mod alarms;
mod architecture;
mod house;
mod promises;
mod sizes;
mod telemetry;
mod template;
mod walls;
