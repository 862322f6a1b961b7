//! gantry: release scripts for Amazon ECS, written in Rhai; run, and rehearsed.
//!
//! Every read or write of the outside world is a value, and passes through one gateway:
//!
//! ```text
//!        cli ── args, composition, printing
//!         │
//!      script ── Rhai to calls and back
//!         │
//!     release ── the steps of a release, composed of calls
//!         │
//!     effects ── THE GATEWAY: Call → driver → Reply or Fault; the journal
//!         │                      ╲
//!        live ── AWS, registries, host      domain ── pure: references, definitions, judgment
//!         │
//!      the network, or rehearsal ── an embedded ECS, ECR and registry
//! ```

pub mod cli;
pub mod domain;
pub mod effects;
pub mod live;
pub mod rehearsal;
pub mod release;
pub mod script;
