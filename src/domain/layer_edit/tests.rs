//! What can be asked for, and how it is laid out.

mod layers;
mod words;
