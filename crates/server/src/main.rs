//! The binary `zhike`.
#![allow(clippy::print_stdout, reason = "a command line speaks")]

mod cli;

use clap::Parser;

/// A page is made of thousands of small strings; glibc's allocator spent a quarter of the time of a list on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::log();
    let args = cli::Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(4 * 1024 * 1024)
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("zhike: cannot start: {e}");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(args)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("zhike: {}", cli::words::say(&e));
            std::process::ExitCode::FAILURE
        }
    }
}
