//! The house as people see it: Debian's Chromium, 1440 and 390 px wide, Chinese and English.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod alarms;
mod analysing;
mod board;
mod by_mail;
mod calling;
mod complaining;
mod configuring;
mod figures;
mod house;
mod importing;
mod keys;
mod leads;
mod lists;
#[path = "../http/messenger.rs"]
#[allow(dead_code, reason = "the other half is for the tests without a browser")]
mod messenger;
mod portal;
mod quoting;
mod record;
mod screens;
mod shopping;
mod texting;
mod walk;
