//! `zhike value`: the mathematics of customer value for analysts, on files alone. No house, no database.

mod attribution;
mod fit;
mod funnel;
mod input;
mod model;
mod npv;
mod output;
mod predict;
mod rating;
mod summary;
mod whale;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Value {
    /// Sums purchases up to one row per customer: customer,x,t_x,T,m.
    Summary(summary::Summary),
    /// Fits a model to histories: parameters, standard errors, log-likelihood, warnings.
    Fit(fit::Fit),
    /// Says of each customer whether they are active and how often they will buy.
    Predict(predict::Predict),
    /// What a customer is worth today: by the formula or by a fitted model.
    Npv(npv::Npv),
    /// Sorts customers by profit and says what the best bring and the worst cost.
    Whale(whale::Whale),
    /// Follows deals through the stages: conversion, time, leaks, velocity.
    Funnel(funnel::Funnel),
    /// Scores and grades customers by an evaluation model; agreement with grades that people gave.
    Rating(rating::Rating),
    /// Shares conversions among the channels that led to them.
    Attribution(attribution::Attribution),
}

pub(super) fn run(what: Value) -> Result<()> {
    let done = match what {
        Value::Summary(what) => summary::run(&what),
        Value::Fit(what) => fit::run(&what),
        Value::Predict(what) => predict::run(&what),
        Value::Npv(what) => npv::run(&what),
        Value::Whale(what) => whale::run(&what),
        Value::Funnel(what) => funnel::run(&what),
        Value::Rating(what) => rating::run(&what),
        Value::Attribution(what) => attribution::run(&what),
    };
    match done {
        // Whoever reads us has seen enough (`| head`).
        Err(e) if closed(&e) => Ok(()),
        other => other,
    }
}

fn closed(e: &anyhow::Error) -> bool {
    e.downcast_ref::<std::io::Error>()
        .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

/// A word to the person at the keyboard, beside what goes into the next program.
fn note(text: &str) {
    eprintln!("zhike: {text}");
}
