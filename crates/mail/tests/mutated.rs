//! Letters that were broken on purpose: a short run of what `cargo xtask fuzz mail` does at length, from one seed.
#![allow(clippy::unwrap_used, reason = "tests")]

mod sound;

/// Letters to begin with: an encoding of its own, a report of what could not be delivered, parts within parts, lies.
const SEEDS: [&[u8]; 5] = [
    include_bytes!("../../../fuzz/seeds/mail/gbk"),
    include_bytes!("../../../fuzz/seeds/mail/report"),
    b"From: =?utf-8?B?5ZC055Cz?= <a@b.cn>\r\nSubject: =?gb2312?Q?=B2=E2?=\r\n =?x?Q?=0D=0ABcc:x?=\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n\
      --q\r\nContent-Type: text/html\r\n\r\n<p onclick=x><img src=//e><script>1</script>hi\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n\
      Subject: in\r\n\r\nb\r\n--q\r\nContent-Disposition: attachment; filename=../../etc/x\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--q--\r\n",
    b"From: \"a\\\" <x@y>\" <z@w>\r\nTo: undisclosed-recipients:;\r\nReferences: <1@a> <2@a>\r\n <3@a>\r\nIn-Reply-To: <<<>>>\r\nDate: Thu, 99 Foo 10000 25:61:00 +9999\r\n\r\n> old\r\nnew",
    b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=78=9F=3E=22=",
];

/// xorshift64*: the same letters in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }
}

/// Words that parsers stumble over.
const WORDS: [&[u8]; 12] = [
    b"\r\n",
    b"\n.\n",
    b"\0",
    b"=?utf-8?B?",
    b"?=",
    b"--q",
    b"Content-Type: multipart/related; boundary=\"\"\r\n",
    b"\xff\xfe",
    b"<svg/onload=",
    b"boundary=q\r\n\r\n--q\r\n",
    b"charset=iso-2022-jp",
    b"\x1b$B",
];

#[test]
fn broken_letters_are_read_or_refused() {
    let mut chance = Chance(20_260_101);
    for _ in 0..20_000 {
        let mut letter = SEEDS[chance.below(SEEDS.len())].to_vec();
        for _ in 0..=chance.below(6) {
            let at = chance.below(letter.len());
            match chance.below(5) {
                0 if !letter.is_empty() => letter[at] = u8::try_from(chance.below(256)).unwrap(),
                1 => letter.truncate(at),
                2 => {
                    letter.splice(at..at, WORDS[chance.below(WORDS.len())].iter().copied());
                }
                3 => {
                    let to = at + chance.below(letter.len() - at);
                    let piece = letter[at..to].to_vec();
                    letter.splice(at..at, piece);
                }
                _ => {
                    let to = at + chance.below(40.min(letter.len() - at));
                    letter.drain(at..to);
                }
            }
        }
        sound::sound(&letter);
    }
}
