//! Hands a file out: pictures, videos and sound in the page, everything else as a download; nothing of it can run.

use super::{found, kinds, take};
use crate::{answer::Answer, input::percent_encode, visit::Visit};
use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures::stream;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use zhike_kernel::{Error, Result};
use zhike_store::attachment::Attachment;

/// Read at once.
const PIECE: u64 = 256 * 1024;
/// The longest part handed out for one range.
const PART: u64 = 8 * 1024 * 1024;

fn stream_of(file: tokio::fs::File, left: u64) -> Body {
    Body::from_stream(stream::unfold((file, left), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let mut piece = vec![0_u8; usize::try_from(left.min(PIECE)).unwrap_or(0)];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(n) => {
                piece.truncate(n);
                let left = left.saturating_sub(u64::try_from(n).unwrap_or(left));
                Some((Ok(bytes::Bytes::from(piece)), (file, left)))
            }
            Err(e) => Some((Err(e), (file, 0))),
        }
    }))
}

/// `GET /files/{id}`.
pub(super) async fn show(visit: Visit, Path(id): Path<i64>, headers: HeaderMap) -> Answer {
    let (_, _, one) = found(&visit, id, false).await?;
    hand_out(&visit, &one, &headers).await
}

/// Hands a file out. Whoever calls it has made sure that the asker may have it.
pub async fn hand_out(visit: &Visit, one: &Attachment, headers: &HeaderMap) -> Answer {
    let path = take::place(&visit.house.data, &one.hash).ok_or_else(Error::missing)?;
    let etag = format!("\"{}\"", one.hash);
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|v| v.as_bytes() == etag.as_bytes())
    {
        return respond(
            Response::builder()
                .status(StatusCode::NOT_MODIFIED)
                .header(header::ETAG, etag),
            Body::empty(),
        );
    }
    let mut file = tokio::fs::File::open(&path).await.map_err(|_| Error::missing())?;
    let size = file.metadata().await.map_err(Error::broken)?.len();
    let inline = matches!(one.kind.as_str(), "picture" | "video" | "audio");
    let how = if inline { "inline" } else { "attachment" };
    let media = if inline || one.media == "application/pdf" {
        one.media.as_str()
    } else {
        "application/octet-stream"
    };
    let builder = Response::builder()
        .header(header::CONTENT_TYPE, media)
        .header(
            header::CONTENT_DISPOSITION,
            format!(
                "{how}; filename*=UTF-8''{}",
                percent_encode(&one.name).replace('/', "%2F")
            ),
        )
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header(header::CACHE_CONTROL, "private, max-age=600")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::ETAG, etag);
    let asked = headers.get(header::RANGE).and_then(|v| v.to_str().ok());
    match asked.and_then(|r| kinds::range(r, size, PART)) {
        Some((from, until)) => {
            file.seek(std::io::SeekFrom::Start(from)).await.map_err(Error::broken)?;
            let builder = builder
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_RANGE, format!("bytes {from}-{}/{size}", until - 1))
                .header(header::CONTENT_LENGTH, until - from);
            respond(builder, stream_of(file, until - from))
        }
        None => respond(builder.header(header::CONTENT_LENGTH, size), stream_of(file, size)),
    }
}

fn respond(builder: axum::http::response::Builder, body: Body) -> Answer {
    let made: Result<Response> = builder.body(body).map_err(Error::broken);
    Ok(made?)
}
