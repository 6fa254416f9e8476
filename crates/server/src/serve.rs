//! Listening, working, and stopping without losing anything.

use crate::{house::Open, router};
use anyhow::{Context, Result};
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::watch};
use zhike_web::App;

/// A server that runs.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// Its app.
    pub app: Arc<App>,
    /// Its worker.
    pub worker: Arc<zhike_jobs::Worker>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// Starts to listen; with `work`, also the job worker and what the areas keep running.
#[allow(
    clippy::disallowed_methods,
    reason = "the tasks of the process: serving, working, waiting for news"
)]
pub async fn start(mut open: Open, listen: &str, work: bool) -> Result<Running> {
    let services = std::mem::take(&mut open.services);
    let (router, app, worker) = router::router(open);
    let worker = Arc::new(worker);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is another server running there?"))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![];
    let mut halt = stopped.clone();
    tasks.push(tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let ended = axum::serve(listener, service).with_graceful_shutdown(async move {
            let _ = halt.changed().await;
        });
        if let Err(e) = ended.await {
            tracing::error!(error = %e, "server");
        }
    }));
    if work {
        let working = worker.clone();
        for service in services {
            let (house, stopped) = (app.house.clone(), stopped.clone());
            tracing::debug!(service = service.name(), "starts");
            tasks.push(tokio::spawn(async move { service.serve(house, stopped).await }));
        }
        tasks.push(tokio::spawn(async move { working.serve(stopped).await }));
    }
    Ok(Running {
        address,
        app,
        worker,
        stop,
        tasks,
    })
}

impl Running {
    /// Stops listening, finishes what is under way (at most ten seconds), closes the database.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = tokio::time::timeout(std::time::Duration::from_secs(10), task).await;
        }
        self.app.house.db.close().await;
    }

    /// Runs until Ctrl-C or SIGTERM.
    pub async fn until_signal(self) -> Result<()> {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            r = tokio::signal::ctrl_c() => r?,
            _ = term.recv() => {}
        }
        self.stop().await;
        Ok(())
    }
}
