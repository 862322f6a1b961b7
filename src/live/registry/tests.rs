//! Against a scripted registry.
