//! As much of SIP (RFC 3261) and SDP as an answering machine needs that stands behind the company's own switchboard: requests
//! read from a datagram, answers written. Read from strangers' bytes: bounded, and what does not fit is no message.

/// Longest datagram that is looked at.
pub(crate) const MOST: usize = 8 * 1024;
/// Header fields of a message.
const HEADERS: usize = 80;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub method: String,
    pub uri: String,
    /// Names in lower case and in full, in order.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Request(Request),
    /// The answer to one of ours, by its code.
    Answer(u16),
}

fn full(name: &str) -> String {
    let low = name.trim().to_ascii_lowercase();
    match low.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "c" => "content-type",
        "l" => "content-length",
        other => other,
    }
    .to_owned()
}

/// Reads a datagram.
pub(crate) fn read(bytes: &[u8]) -> Option<Message> {
    if bytes.len() > MOST {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    if head.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) {
        return None;
    }
    let mut lines = head.split("\r\n");
    let first = lines.next()?;
    if let Some(rest) = first.strip_prefix("SIP/2.0 ") {
        return rest
            .split(' ')
            .next()?
            .parse()
            .ok()
            .filter(|c| (100..700).contains(c))
            .map(Message::Answer);
    }
    let mut words = first.split(' ');
    let (method, uri, version) = (words.next()?, words.next()?, words.next()?);
    if version != "SIP/2.0" || method.is_empty() || method.len() > 20 || !method.bytes().all(|b| b.is_ascii_uppercase())
    {
        return None;
    }
    let mut headers: Vec<(String, String)> = vec![];
    for line in lines {
        if line.contains(['\r', '\n']) || headers.len() >= HEADERS {
            return None;
        }
        // A line that begins with a blank goes on with the one before.
        if line.starts_with([' ', '\t']) {
            let last = headers.last_mut()?;
            last.1.push(' ');
            last.1.push_str(line.trim());
            continue;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((full(name), value.trim().to_owned()));
    }
    let request = Request {
        method: method.to_owned(),
        uri: uri.to_owned(),
        headers,
        body: body.to_owned(),
    };
    let there = ["via", "from", "to", "call-id", "cseq"]
        .iter()
        .all(|n| request.get(n).is_some_and(|v| !v.is_empty()));
    there.then_some(Message::Request(request))
}

impl Request {
    /// The first field of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.0 == name).map(|h| h.1.as_str())
    }
    /// What tells dialogs apart.
    pub(crate) fn call_id(&self) -> &str {
        self.get("call-id").unwrap_or("")
    }
    /// The tag of the caller.
    pub(crate) fn callers_tag(&self) -> &str {
        tag(self.get("from").unwrap_or("")).unwrap_or("")
    }
    /// Who calls: the user part of the address, if it is a number.
    pub(crate) fn caller(&self) -> String {
        user(self.get("p-asserted-identity").or(self.get("from")).unwrap_or(""))
    }
    /// Which number was dialled.
    pub(crate) fn dialled(&self) -> String {
        user(&self.uri)
    }
    /// An answer with this code; `tag` marks our side.
    pub(crate) fn answer(&self, code: u16, words: &str, tag_of_ours: &str, contact: &str, body: &str) -> Vec<u8> {
        let mut out = format!("SIP/2.0 {code} {words}\r\n");
        for (name, value) in &self.headers {
            let shown = match name.as_str() {
                "via" => "Via",
                "from" => "From",
                "call-id" => "Call-ID",
                "cseq" => "CSeq",
                "record-route" if code < 300 => "Record-Route",
                "to" => {
                    let marked = if tag(value).is_some() || code == 100 {
                        value.clone()
                    } else {
                        format!("{value};tag={tag_of_ours}")
                    };
                    out.push_str(&format!("To: {marked}\r\n"));
                    continue;
                }
                _ => continue,
            };
            out.push_str(&format!("{shown}: {value}\r\n"));
        }
        if !contact.is_empty() && code < 300 {
            out.push_str(&format!("Contact: <{contact}>\r\n"));
        }
        if code == 405 || self.method == "OPTIONS" {
            out.push_str("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n");
        }
        if !body.is_empty() {
            out.push_str("Content-Type: application/sdp\r\n");
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        out.into_bytes()
    }
    /// The request that ends the dialog of this INVITE from our side.
    pub(crate) fn bye(&self, tag_of_ours: &str, contact: &str, at: &str) -> Vec<u8> {
        let target = self
            .get("contact")
            .map_or_else(|| address(self.get("from").unwrap_or("")), address);
        let to = self.get("to").unwrap_or("");
        let from = if tag(to).is_some() {
            to.to_owned()
        } else {
            format!("{to};tag={tag_of_ours}")
        };
        let mut out = format!(
            "BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {at};rport;branch=z9hG4bK{tag_of_ours}bye\r\nMax-Forwards: 70\r\n"
        );
        for (name, value) in self.headers.iter().filter(|h| h.0 == "record-route") {
            debug_assert_eq!(name, "record-route");
            out.push_str(&format!("Route: {value}\r\n"));
        }
        out.push_str(&format!(
            "From: {from}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 1 BYE\r\nContact: <{contact}>\r\nContent-Length: 0\r\n\r\n",
            self.get("from").unwrap_or(""),
            self.call_id()
        ));
        out.into_bytes()
    }
}

/// The tag of an address field.
fn tag(field: &str) -> Option<&str> {
    let rest = field.rsplit_once('>').map_or(field, |p| p.1);
    rest.split(';')
        .map(str::trim)
        .find_map(|p| p.strip_prefix("tag="))
        .filter(|t| !t.is_empty())
}

/// The address itself, without name and parameters behind it.
fn address(field: &str) -> String {
    match field.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or("").to_owned(),
        None => field.split(';').next().unwrap_or("").trim().to_owned(),
    }
}

/// The user part of an address: digits and the plus, else nothing.
fn user(field: &str) -> String {
    let whole = address(field);
    let rest = whole
        .trim_start_matches("sips:")
        .trim_start_matches("sip:")
        .trim_start_matches("tel:");
    let name = rest.split(['@', ';']).next().unwrap_or("");
    let good = !name.is_empty() && name.len() <= 24 && name.chars().all(|c| c.is_ascii_digit() || "+-.".contains(c));
    if good { name.to_owned() } else { String::new() }
}

/// G.711 as it is called in SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Ulaw,
    Alaw,
}

impl Codec {
    pub(crate) const fn payload(self) -> u8 {
        match self {
            Codec::Ulaw => 0,
            Codec::Alaw => 8,
        }
    }
}

/// What the caller offers: where its sound goes, and how it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub at: std::net::SocketAddr,
    pub codec: Codec,
}

/// Reads an offer; none when there is no sound in it that we understand.
pub(crate) fn offer(sdp: &str) -> Option<Offer> {
    let (mut session, mut media, mut sound, mut inside) = (None, None, None, false);
    for line in sdp.lines().map(str::trim_end).take(200) {
        if let Some(ip) = line.strip_prefix("c=IN IP4 ").or(line.strip_prefix("c=IN IP6 ")) {
            let ip = ip.split('/').next()?.trim().parse::<std::net::IpAddr>().ok();
            if sound.is_some() && inside {
                media = ip
            } else if sound.is_none() {
                session = ip
            }
        } else if let Some(rest) = line.strip_prefix("m=") {
            inside = false;
            if sound.is_some() || !rest.starts_with("audio ") {
                continue;
            }
            let mut words = rest.split(' ').skip(1);
            let port: u16 = words.next()?.split('/').next()?.parse().ok()?;
            let how = words.next()?;
            let codec = words.find_map(|w| match w {
                "0" => Some(Codec::Ulaw),
                "8" => Some(Codec::Alaw),
                _ => None,
            });
            if how == "RTP/AVP" && port > 0 {
                sound = codec.map(|c| (port, c));
                inside = sound.is_some();
            }
        }
    }
    let (port, codec) = sound?;
    Some(Offer {
        at: (media.or(session)?, port).into(),
        codec,
    })
}

/// Our answer to an offer.
pub(crate) fn answer(at: std::net::SocketAddr, codec: Codec) -> String {
    let kind = if at.is_ipv6() { "IP6" } else { "IP4" };
    let name = match codec {
        Codec::Ulaw => "PCMU",
        Codec::Alaw => "PCMA",
    };
    format!(
        "v=0\r\no=zhike 0 0 IN {kind} {ip}\r\ns=-\r\nc=IN {kind} {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {p}\r\na=rtpmap:{p} {name}/8000\r\na=ptime:20\r\na=sendrecv\r\n",
        ip = at.ip(),
        port = at.port(),
        p = codec.payload()
    )
}

#[cfg(test)]
#[path = "sip_tests.rs"]
mod tests;
