//! Opens what is packed: gzip and zstd streams, and zip archives.

use std::borrow::Cow;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::bufread::MultiGzDecoder;
use jiff::civil;
use jiff::tz::TimeZone;
use zip::result::ZipError;
use zip::{ExtraField, ZipArchive};

use crate::input::Input;
use crate::reading::{At, Halt, Reading};
use crate::stream::{Expanded, Stream, Taken};
use crate::{Place, Problem, code};

const BUFFER_BYTES: usize = 64 << 10;

impl Reading<'_> {
    /// Whether containers may nest one deeper; tells when they may not.
    pub fn may_descend(&mut self, at: &At) -> Result<bool, Halt> {
        let depth = self.limits.depth;
        if at.depth < depth {
            return Ok(true);
        }
        let message = format!("more than {depth} containers inside one another");
        self.problem(at.problem(code::DEPTH, message))?;
        Ok(false)
    }

    pub fn too_many_members(&mut self, at: &At) -> Result<(), Halt> {
        let members = self.limits.members;
        let message = format!("more than {members} members; those after are not read");
        self.problem(Problem { place: Some(Place::Member(members)), ..at.problem(code::MEMBERS, message) })
    }

    /// Reads gzip with all its members, one after another.
    pub fn gzip(&mut self, at: &At, input: Input<'_>) -> Result<(), Halt> {
        self.unpack(at, input, |packed| Ok(MultiGzDecoder::new(packed)))
    }

    /// Reads zstd with all its frames. Windows beyond 128 MiB are refused by the decoder.
    pub fn zstd(&mut self, at: &At, input: Input<'_>) -> Result<(), Halt> {
        self.unpack(at, input, zstd::Decoder::with_buffer)
    }

    fn unpack<'i, D: Read>(
        &mut self,
        at: &At,
        input: Input<'i>,
        decoder: impl FnOnce(BufReader<Taken<Input<'i>>>) -> io::Result<D>,
    ) -> Result<(), Halt> {
        if !self.may_descend(at)? {
            return Ok(());
        }
        let stream = Stream::new(0);
        let packed = Taken { inner: input, stream: Rc::clone(&stream) };
        match decoder(BufReader::with_capacity(BUFFER_BYTES, packed)) {
            Ok(decoder) => {
                let inside = at.unpacked(Rc::clone(&stream));
                let mut expanded = Expanded::new(decoder, stream, Rc::clone(&at.allowance), self.limits);
                self.content(&inside, &mut expanded)
            }
            Err(error) => self.fail(at, Some(Place::Byte(0)), &error),
        }
    }

    /// Reads a zip archive that cannot be read where it lies, since its directory is at its end.
    pub fn held_zip(&mut self, at: &At, mut input: Input<'_>) -> Result<(), Halt> {
        if !self.may_descend(at)? {
            return Ok(());
        }
        let limit_bytes = at.buffered_bytes;
        let mut archive = Vec::new();
        let outcome = input.by_ref().take(limit_bytes as u64 + 1).read_to_end(&mut archive);
        if archive.len() > limit_bytes {
            let message =
                format!("a zip archive within a stream, larger than the {limit_bytes} bytes left for it");
            return self.problem(at.problem(code::BUFFERED, message));
        }
        if let Err(error) = outcome {
            self.fail(at, Some(Place::Byte(archive.len() as u64)), &error)?;
            return self.zip_without_directory(at, archive.as_slice());
        }
        let at = At { buffered_bytes: limit_bytes - archive.len(), live: false, ..at.clone() };
        self.zip(&at, Cursor::new(archive.as_slice()), zip_entries(&archive))
    }

    /// Reads the members of a zip archive in the order of its directory, which has at most `entries`
    /// entries and is held in memory.
    pub fn zip<R: Read + Seek>(&mut self, at: &At, mut reader: R, entries: u64) -> Result<(), Halt> {
        if !self.may_descend(at)? {
            return Ok(());
        }
        if entries > self.limits.members.saturating_mul(4) {
            let message = format!("a directory of {entries} entries is too large to be held");
            return self.problem(at.problem(code::MEMBERS, message));
        }
        let mut archive = match ZipArchive::new(&mut reader) {
            Ok(archive) => archive,
            Err(error) => {
                let message =
                    format!("{error}; members are read as far as they can be found without the directory");
                self.problem(Problem { fatal_for_source: false, ..at.problem(code_of(&error), message) })?;
                return match reader.rewind() {
                    Ok(()) => self.zip_without_directory(at, reader),
                    Err(_) => Ok(()),
                };
            }
        };
        if archive.index_for_name("[Content_Types].xml").is_some() {
            return self
                .problem(at.problem(code::NOT_A_LOG, "an Office document is no log that is read here"));
        }
        for number in 0..archive.len() {
            if number as u64 == self.limits.members {
                return self.too_many_members(at);
            }
            self.zip_member(at, &mut archive, number)?;
        }
        Ok(())
    }

    fn zip_member<R: Read + Seek>(
        &mut self,
        at: &At,
        archive: &mut ZipArchive<R>,
        number: usize,
    ) -> Result<(), Halt> {
        let place = Some(Place::Member(number as u64));
        let name =
            archive.name_for_index(number).and_then(Result::ok).map(Cow::into_owned).unwrap_or_default();
        let member = match archive.by_index(number) {
            // Links lead out of the archive, and are not followed.
            Ok(member) if member.is_dir() || member.is_symlink() => return Ok(()),
            Ok(member) => member,
            Err(error) => {
                let inside = at.member(&name, None);
                return self.problem(Problem { place, ..inside.problem(code_of(&error), error.to_string()) });
            }
        };
        let modified =
            unix_time(member.extra_data_fields()).or_else(|| member.last_modified().and_then(ms_dos_time));
        self.zip_content(at, &name, modified, member.compressed_size(), member)
    }

    /// Reads members by the headers in front of them, when the directory at the end is lost.
    fn zip_without_directory(&mut self, at: &At, mut reader: impl Read) -> Result<(), Halt> {
        // What ends the loop belongs to the damage that was told already.
        for _ in 0..self.limits.members {
            let Ok(Some(member)) = zip::read::read_zipfile_from_stream(&mut reader) else { break };
            if member.is_dir() {
                continue;
            }
            let modified = member.last_modified().and_then(ms_dos_time);
            let name = member.name().map(Cow::into_owned).unwrap_or_default();
            self.zip_content(at, &name, modified, member.compressed_size(), member)?;
        }
        Ok(())
    }

    fn zip_content(
        &mut self,
        at: &At,
        name: &str,
        modified: Option<SystemTime>,
        packed_bytes: u64,
        member: impl Read,
    ) -> Result<(), Halt> {
        let stream = Stream::new(packed_bytes);
        let mut inside = at.member(name, modified);
        inside.streams.push(Rc::clone(&stream));
        let mut expanded = Expanded::new(member, stream, Rc::clone(&at.allowance), self.limits);
        self.content(&inside, &mut expanded)
    }
}

/// Counts what begins like an entry of a zip directory.
pub(crate) fn zip_entries(bytes: &[u8]) -> u64 {
    memchr::memmem::find_iter(bytes, b"PK\x01\x02").count() as u64
}

fn code_of(error: &ZipError) -> &'static str {
    match error {
        ZipError::UnsupportedArchive(text) if *text == ZipError::PASSWORD_REQUIRED => code::ENCRYPTED,
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => code::METHOD,
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => code::TRUNCATED,
        ZipError::Io(error) if error.raw_os_error().is_some() => code::UNREADABLE,
        _ => code::DAMAGED,
    }
}

fn unix_time<'f>(mut fields: impl Iterator<Item = &'f ExtraField>) -> Option<SystemTime> {
    fields.find_map(|field| match field {
        ExtraField::ExtendedTimestamp(times) => {
            UNIX_EPOCH.checked_add(Duration::from_secs(u64::from(times.mod_time()?)))
        }
        _ => None,
    })
}

fn ms_dos_time(time: zip::DateTime) -> Option<SystemTime> {
    let small = |part: u8| i8::try_from(part).ok();
    let date =
        civil::Date::new(i16::try_from(time.year()).ok()?, small(time.month())?, small(time.day())?).ok()?;
    let clock =
        civil::Time::new(small(time.hour())?, small(time.minute())?, small(time.second())?, 0).ok()?;
    Some(date.to_datetime(clock).to_zoned(TimeZone::UTC).ok()?.timestamp().into())
}
