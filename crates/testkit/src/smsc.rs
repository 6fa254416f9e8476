//! A message centre for one test: it speaks SMPP over a real socket, keeps what is submitted, and delivers what it is told to.

use smpp_codec::{
    common::{self, Ton},
    pdus::{
        BindRequest, BindResponse, DeliverSmRequest, DeliverSmResponse, EnquireLinkResponse, SubmitSmRequest,
        SubmitSmResponse,
    },
    tlv::Tlv,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// Name and password that it knows.
pub const LOGIN: (&str, &str) = ("zhike", "geheim");

#[derive(Default)]
struct Book {
    submitted: Vec<SubmitSmRequest>,
    /// Statuses of the next answers: `None` for no answer at all.
    next: VecDeque<Option<u32>>,
    /// Answers to deliveries.
    answers: Vec<u32>,
    bound: usize,
    lines: Vec<mpsc::UnboundedSender<Option<Vec<u8>>>>,
}

/// The message centre.
#[derive(Clone)]
pub struct Centre {
    /// Its port on 127.0.0.1.
    pub port: u16,
    book: Arc<Mutex<Book>>,
}

async fn frame(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut head = vec![0; 16];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes(head[0..4].try_into().unwrap()) as usize;
    assert!((16..100_000).contains(&length), "a frame of {length} octets");
    head.resize(length, 0);
    stream.read_exact(&mut head[16..]).await.ok()?;
    Some(head)
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().unwrap())
}

macro_rules! octets {
    ($pdu:expr) => {{
        let mut out = vec![];
        $pdu.encode(&mut out).unwrap();
        out
    }};
}

impl Centre {
    /// Opens it.
    pub async fn open() -> Centre {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let centre = Centre {
            port: listener.local_addr().unwrap().port(),
            book: Arc::default(),
        };
        let own = centre.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().serve(stream));
            }
        });
        centre
    }

    async fn serve(self, stream: TcpStream) {
        let (mut from, mut to) = stream.into_split();
        let Some(first) = frame(&mut from).await else { return };
        let bind = BindRequest::decode(&first).unwrap();
        let good = (bind.system_id.as_str(), bind.password.as_str()) == LOGIN;
        let status = if good { "ESME_ROK" } else { "ESME_RINVPASWD" };
        let answer = BindResponse::new(
            bind.sequence_number,
            common::CMD_BIND_TRANSCEIVER_RESP,
            status,
            "centre".into(),
        );
        to.write_all(&octets!(answer)).await.unwrap();
        if !good {
            return;
        }
        let (push, mut out) = mpsc::unbounded_channel();
        {
            let mut book = self.book.lock().unwrap();
            book.bound += 1;
            book.lines.push(push);
        }
        loop {
            tokio::select! {
                got = frame(&mut from) => {
                    let Some(octets) = got else { return };
                    if let Some(answer) = self.answer(&octets) {
                        to.write_all(&answer).await.unwrap();
                    }
                }
                say = out.recv() => match say {
                    Some(Some(octets)) => to.write_all(&octets).await.unwrap(),
                    _ => return,
                }
            }
        }
    }

    fn answer(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let number = word(octets, 12);
        let mut book = self.book.lock().unwrap();
        match word(octets, 4) {
            common::CMD_SUBMIT_SM => {
                let sm = SubmitSmRequest::decode(octets).unwrap();
                let status = book.next.pop_front().unwrap_or(Some(0))?;
                if status != 0 {
                    let mut refused = octets![SubmitSmResponse::new(number, "ESME_ROK", String::new())];
                    refused[8..12].copy_from_slice(&status.to_be_bytes());
                    return Some(refused);
                }
                book.submitted.push(sm);
                let id = format!("{:X}", 1_000 + book.submitted.len());
                Some(octets!(SubmitSmResponse::new(number, "ESME_ROK", id)))
            }
            common::CMD_ENQUIRE_LINK => Some(octets!(EnquireLinkResponse::new(number, "ESME_ROK"))),
            common::CMD_DELIVER_SM_RESP => {
                book.answers
                    .push(DeliverSmResponse::decode(octets).unwrap().command_status);
                None
            }
            _ => None,
        }
    }

    /// The status of the next answer to a submission; `None`: no answer.
    pub fn next(&self, status: Option<u32>) {
        self.book.lock().unwrap().next.push_back(status);
    }

    /// What was submitted and taken.
    pub fn submitted(&self) -> Vec<SubmitSmRequest> {
        self.book.lock().unwrap().submitted.clone()
    }

    /// How often somebody was bound.
    pub fn bound(&self) -> usize {
        self.book.lock().unwrap().bound
    }

    /// The statuses with which deliveries were answered.
    pub fn answers(&self) -> Vec<u32> {
        self.book.lock().unwrap().answers.clone()
    }

    fn say(&self, octets: Option<Vec<u8>>) {
        let book = self.book.lock().unwrap();
        book.lines.last().expect("somebody is bound").send(octets).ok();
    }

    /// Breaks the line.
    pub fn hang_up(&self) {
        self.say(None);
    }

    /// Delivers octets as they are: class, coding, text.
    pub fn deliver(&self, from: &str, class: u8, coding: u8, text: Vec<u8>) {
        let mut sm = DeliverSmRequest::new(900, from.into(), "10690000".into(), text);
        sm.source_addr_ton = Ton::International;
        sm.esm_class = class;
        sm.data_coding = coding;
        self.say(Some(octets!(sm)));
    }

    /// A receipt in the usual words; its name of the message in decimal digits, as some centres write it.
    pub fn receipt(&self, nth: usize, stat: &str) {
        let words = format!(
            "id:{} sub:001 dlvrd:001 submit date:2606301000 done date:2606301001 stat:{stat} err:000 text:",
            1_000 + nth
        );
        self.deliver("8613800001234", 4, 0, words.into_bytes());
    }

    /// A receipt that says it all in parameters of its own.
    pub fn receipt_by_parameters(&self, id: &str, state: u8) {
        let mut sm = DeliverSmRequest::new(901, "8613800001234".into(), "10690000".into(), vec![]);
        sm.esm_class = 4;
        sm.optional_params = vec![
            Tlv::new(0x001E, format!("{id}\0").into_bytes()),
            Tlv::new(0x0427, vec![state]),
        ];
        self.say(Some(octets!(sm)));
    }

    /// Octets that are no delivery at all.
    pub fn nonsense(&self) {
        let mut octets = vec![0, 0, 0, 20];
        octets.extend(common::CMD_DELIVER_SM.to_be_bytes());
        octets.extend([0, 0, 0, 0, 0, 0, 3, 9, 1, 2, 3, 4]);
        self.say(Some(octets));
    }
}
