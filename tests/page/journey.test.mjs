// The web page of the real program in a real browser (Debian's Chromium).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const program = fileURLToPath(new URL("../../target/release/soundmill", import.meta.url));
const asRoot = process.getuid() === 0 ? ["--no-sandbox"] : [];
let home, service, browser, url;

/** One second of a 441 Hz square wave: 16-bit mono RIFF/WAVE at 44.1 kHz. */
function wav() {
  const file = Buffer.alloc(44 + 88200);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  [[16, 4], [1, 2], [1, 2], [44100, 4], [88200, 4], [2, 2], [16, 2]].reduce(
    (at, [value, bytes]) => file.writeUIntLE(value, at, bytes), 16);
  file.write("data", 36);
  file.writeUInt32LE(88200, 40);
  for (let frame = 0; frame < 44100; frame++) {
    file.writeInt16LE(Math.floor(frame / 50) % 2 ? 8000 : -8000, 44 + 2 * frame);
  }
  return file;
}

before(async () => {
  home = await mkdtemp(path.join(tmpdir(), "soundmill-page."));
  const env = { LISTEN: "127.0.0.1:0", DATA_DIR: path.join(home, "data"), LOG: "warn" };
  service = spawn(program, { env, cwd: home, stdio: ["ignore", "pipe", "inherit"] });
  const [greeting] = await once(createInterface(service.stdout), "line");
  url = greeting.split(" ").at(-1);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...asRoot, "--disable-gpu", "--disable-background-networking"],
  });
});

after(async () => {
  await browser?.close();
  service?.kill("SIGTERM");
  if (service?.exitCode === null) await once(service, "exit");
  if (home) await rm(home, { recursive: true });
});

test("a person makes an account, converts a file, fetches it, converts it again and deletes it", async () => {
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && faults.push(line.text()));
  await page.goto(url);
  await page.getByRole("button", { name: "Make an account" }).click();
  const form = page.locator("#signup");
  await form.getByLabel("User name").fill("ann");
  await form.getByLabel("E-mail").fill("ann@example.org");
  await form.getByLabel("Password", { exact: true }).fill("correct-horse");
  await form.getByLabel("Password again").fill("correct-horse");
  await form.getByRole("button", { name: "Make the account" }).click();

  const file = { name: "<b>söng & co.wav", mimeType: "audio/wav", buffer: wav() };
  await page.locator("#file").setInputFiles(file);
  await page.getByRole("radio", { name: "MP3" }).check();
  await page.getByRole("button", { name: "Convert", exact: true }).click();
  const row = page.locator(".task");
  assert.equal(await row.locator(".name").textContent(), file.name, "names are text, not markup");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    row.getByRole("link", { name: "Download" }).click(),
  ]);
  assert.equal(download.suggestedFilename().endsWith(".mp3"), true);
  const bytes = await readFile(await download.path());
  const isMp3 = bytes.subarray(0, 3).toString() === "ID3" || bytes.readUInt16BE(0) >= 0xffe0;
  assert.ok(isMp3, "what is fetched is an MP3");

  await row.getByLabel("Convert again to").selectOption("ogg");
  await row.locator(".state").filter({ hasText: "OGG" }).waitFor();
  await row.getByRole("link", { name: "Download" }).waitFor();

  page.on("dialog", (dialog) => dialog.accept());
  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing here yet").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Convert your audio" }).waitFor();
  assert.deepEqual(faults, [], "the page reports no fault");
});

test("the API can be read and tried without any other host", async () => {
  const page = await browser.newPage();
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  await page.goto(`${url}/docs/`);
  await page.getByText("/api/tasks/{id}").first().waitFor();
  assert.deepEqual(foreign, []);
});
