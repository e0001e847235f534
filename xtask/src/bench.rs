//! Measures speed beside yardsticks: ratios of medians of runs that take turns, since machines differ
//! from minute to minute.

use crate::{cargo, verify};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Options {
    corpora: PathBuf,
    rules: PathBuf,
    runs: usize,
}

/// Measures matching, each parser, threads, memory, loading of rules, EVTX, the journal, the spool, live
/// detection, and pages of lists.
///
/// # Errors
///
/// When corpora or rules are missing, or a program fails.
pub fn run(args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let options = options(args)?;
    cargo::build()?;
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or("a path is not valid UTF-8");
    let (corpora, rules, runs) = (text(&options.corpora)?, text(&options.rules)?, options.runs.to_string());
    for bench in ["matching", "indicators"] {
        let args =
            ["bench", "--locked", "--package", "cofferdam", "--bench", bench, "--", &corpora, &rules, &runs];
        cargo::run(&args, &[])?;
    }
    cargo::run(&["bench", "--locked", "--package", "cofferdam", "--bench", "parsers", "--", &runs], &[])?;
    loading(&options)?;
    threads(&options)?;
    if let Some(data) = verify::data() {
        evtx(&options, &data)?;
    } else {
        println!("skipped: EVTX; set COFFERDAM_TEST_DATA to the folder of test data");
    }
    cargo::run(&["bench", "--locked", "--package", "cofferdam-store", "--bench", "journal"], &[])?;
    cargo::run(&["bench", "--locked", "--package", "cofferdam-spool", "--bench", "spool"], &[])?;
    let corpus = text(&options.corpora.join("win.ndjson"))?;
    let live =
        ["bench", "--locked", "--package", "cofferdam-serve", "--bench", "live", "--", &corpus, &rules];
    cargo::run(&live, &[])?;
    cargo::run(&["bench", "--locked", "--package", "cofferdam-serve", "--bench", "lists"], &[])
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let (mut corpora, mut rules, mut runs) = (None, None, 5);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{arg}` needs a value"))?;
        match arg.as_str() {
            "--corpora" => corpora = Some(PathBuf::from(value)),
            "--rules" => rules = Some(PathBuf::from(value)),
            "--runs" => runs = value.parse()?,
            _ => return Err(format!("`{arg}` is not an option of bench").into()),
        }
    }
    let corpora = corpora.ok_or("--corpora DIR is missing: the folder with win.ndjson and pc.ndjson")?;
    let rules = match rules {
        Some(rules) => rules,
        None => unpacked_rules()?,
    };
    Ok(Options { corpora, rules, runs })
}

/// SigmaHQ's rules from the test data, those that its own releases hold.
fn unpacked_rules() -> Result<PathBuf, Box<dyn Error>> {
    let data = verify::data().ok_or("--rules DIR is missing, and COFFERDAM_TEST_DATA is not set")?;
    let folder = cargo::target().join("bench-rules");
    std::fs::create_dir_all(&folder)?;
    let status = Command::new("tar")
        .arg("xzf")
        .arg(data.join("sigmahq-rules").join("sigmahq-rules.tar.gz"))
        .args(["--exclude=unsupported", "--exclude=deprecated", "--exclude=rules-dfir", "-C"])
        .arg(&folder)
        .status()?;
    if status.success() { Ok(folder) } else { Err(format!("tar failed ({status})").into()) }
}

/// What one run took.
struct Run {
    seconds: f64,
    peak_mib: f64,
}

fn detect(options: &Options, input: &Path, threads: &str) -> Result<Run, Box<dyn Error>> {
    let child = Command::new(cargo::program())
        .args(["detect", "--no-builtin-rules", "--threads", threads, "--rules"])
        .arg(&options.rules)
        .arg(input)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    watched(child)
}

/// Waits for the program, looking at its memory meanwhile.
fn watched(mut child: Child) -> Result<Run, Box<dyn Error>> {
    let begun = Instant::now();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0.0_f64;
    loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak_kib = peak_kib.max(kib.unwrap_or(0.0));
        }
        if let Some(status) = child.try_wait()? {
            let seconds = begun.elapsed().as_secs_f64();
            return if status.success() {
                Ok(Run { seconds, peak_mib: peak_kib / 1024.0 })
            } else {
                Err(format!("the program ended with {status}").into())
            };
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn loading(options: &Options) -> Result<(), Box<dyn Error>> {
    let empty = cargo::target().join("bench-empty");
    std::fs::write(&empty, "")?;
    let mut times = Vec::new();
    for _ in 0..options.runs {
        times.push(detect(options, &empty, "2")?.seconds);
    }
    println!("rules     loaded and process ended in {:.2} s, two threads", median(&mut times));
    Ok(())
}

fn threads(options: &Options) -> Result<(), Box<dyn Error>> {
    for corpus in ["win.ndjson", "pc.ndjson"] {
        let input = options.corpora.join(corpus);
        let (mut one, mut two, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
        for _ in 0..options.runs {
            let run = detect(options, &input, "1")?;
            one.push(run.seconds);
            peak = peak.max(run.peak_mib);
            let run = detect(options, &input, "2")?;
            two.push(run.seconds);
            peak = peak.max(run.peak_mib);
        }
        let (one, two) = (median(&mut one), median(&mut two));
        println!(
            "detect    {corpus}: one thread {one:.2} s, two threads {two:.2} s: {:.2} ×; peak memory {peak:.0} MiB",
            one / two
        );
    }
    Ok(())
}

/// `investigate` over real EVTX files beside the evtx crate alone, both on two cores, rule load aside.
fn evtx(options: &Options, data: &Path) -> Result<(), Box<dyn Error>> {
    cargo::run(&["bench", "--locked", "--no-run", "--package", "cofferdam", "--bench", "evtx_json"], &[])?;
    let folders = [data.join("evtx-attack-samples"), data.join("evtx-more")];
    let investigate = |paths: &[PathBuf]| -> Result<f64, Box<dyn Error>> {
        let mut command = Command::new(cargo::program());
        command
            .args(["investigate", "--quiet", "--threads", "2", "--no-builtin-rules", "--rules"])
            .arg(&options.rules);
        Ok(watched(command.args(paths).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)?.seconds)
    };
    let empty = [cargo::target().join("bench-empty")];
    let (mut ours, mut load, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.runs {
        ours.push(investigate(&folders)?);
        load.push(investigate(&empty)?);
        bare.push(bare_evtx(&folders)?);
    }
    let (ours, load, bare) = (median(&mut ours), median(&mut load), median(&mut bare));
    println!(
        "evtx      investigate {ours:.2} s, of which rules {load:.2} s; evtx crate alone {bare:.3} s: {:.2} ×",
        (ours - load).max(0.0) / bare
    );
    Ok(())
}

/// Seconds that the evtx crate alone takes, as its program prints them.
fn bare_evtx(folders: &[PathBuf]) -> Result<f64, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["bench", "--quiet", "--locked", "--package", "cofferdam", "--bench", "evtx_json", "--"])
        .args(folders)
        .current_dir(cargo::root())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .ok_or_else(|| "evtx_json printed no time".into())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
