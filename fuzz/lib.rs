//! What the targets share: a file in memory for readers that want a path, and a workbook around a sheet.

use std::path::PathBuf;

/// Writes the bytes where a reader can open them; the same file of this process each time.
///
/// # Panics
/// When the folder for temporary files cannot be written.
pub fn file(ending: &str, bytes: &[u8]) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let path = folder.join(format!("zhike-fuzz-{}{ending}", std::process::id()));
    std::fs::write(&path, bytes).expect("the folder for temporary files can be written");
    path
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const STRINGS: &str = r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2" uniqueCount="2"><si><t>Name</t></si><si><t>City</t></si></sst>"#;

/// A workbook whose only sheet is this XML: so the bytes reach the reader of cells, not only that of packed files.
pub fn workbook(sheet: &[u8]) -> Vec<u8> {
    let files: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", CONTENT_TYPES.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/sharedStrings.xml", STRINGS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let (mut out, mut index) = (Vec::new(), Vec::new());
    for (name, body) in files {
        let at = long(out.len());
        let mut crc = flate2::Crc::new();
        crc.update(body);
        // Stored, not packed: version 20, no flags, no method, no time.
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        head.extend(crc.sum().to_le_bytes());
        head.extend(long(body.len()));
        head.extend(long(body.len()));
        head.extend([u8::try_from(name.len()).unwrap_or(0), 0, 0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(body);
        index.extend(b"PK\x01\x02\x14\x00");
        index.extend(&head);
        // No comment, disk 0, no attributes.
        index.extend([0; 10]);
        index.extend(at);
        index.extend(name.as_bytes());
    }
    let at = long(out.len());
    out.extend(&index);
    out.extend(b"PK\x05\x06\x00\x00\x00\x00\x05\x00\x05\x00");
    out.extend(long(index.len()));
    out.extend(at);
    out.extend([0, 0]);
    out
}

fn long(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(0).to_le_bytes()
}
