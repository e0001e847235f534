// What the pages do: they ask the interface and show its answers, as text and nothing else.
'use strict';

const at = (id) => document.getElementById(id);
const show = (id, shown = true) => { at(id).hidden = !shown; };
const say = (id, text) => { at(id).textContent = text; };

/** An element of the page with this text. */
function made(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function time(text) {
  if (!text) return '';
  return new Date(text).toISOString().replace('T', ' ').slice(0, 16) + ' UTC';
}

/** Asks the interface. The answer has `ok`, `status`, `data`, and the kind of problem and its words. */
async function ask(method, path, body) {
  const request = { method, headers: { accept: 'application/json' } };
  if (body !== undefined) {
    request.headers['content-type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch('/api/v1' + path, request);
  } catch {
    return { ok: false, status: 0, kind: 'unreachable', words: 'The server does not answer.' };
  }
  const text = await response.text();
  let data;
  try { data = text ? JSON.parse(text) : undefined; } catch { data = undefined; }
  if (response.ok) return { ok: true, status: response.status, data };
  const kind = String(data?.type ?? '').replace('urn:cofferdam:', '');
  let words = sentence(data?.detail ?? data?.title ?? `The server answered ${response.status}.`);
  const wait = Number(response.headers.get('retry-after'));
  if (kind === 'throttled' && wait) words = `Too many attempts. Try again in ${Math.ceil(wait / 60)} min.`;
  return { ok: false, status: response.status, kind, words };
}

function sentence(text) {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(words) ? words : words + '.';
}

/** Calls `act` when the form is sent, and nothing else until it is done. */
function whenSent(form, act) {
  at(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    const buttons = [...event.target.querySelectorAll('button')];
    buttons.forEach((button) => { button.disabled = true; });
    try { await act(); } finally { buttons.forEach((button) => { button.disabled = false; }); }
  });
}

function whenPressed(id, act) {
  at(id).addEventListener('click', () => pressed(at(id), act));
}

async function pressed(button, act) {
  button.disabled = true;
  try { await act(); } finally { button.disabled = false; }
}

function showsPassword() {
  at('show').addEventListener('change', () => {
    at('password').type = at('show').checked ? 'text' : 'password';
  });
}

/** The secret behind the `#`, which does not stay in the address. */
function secret() {
  const text = location.hash.slice(1);
  if (text) history.replaceState(null, '', location.pathname);
  return text;
}

const NO_SECRET = 'The link is not whole: what stands behind its # is missing. Open it again as it was given to you.';

function setup() {
  const link = secret();
  showsPassword();
  if (!link) { say('wrong', NO_SECRET); at('send').disabled = true; return; }
  whenSent('form', async () => {
    say('wrong', '');
    const [account, name, password] = ['account', 'name', 'password'].map((id) => at(id).value);
    const first = await ask('POST', '/setup', { secret: link, account, name, password });
    if (!first.ok) { say('wrong', first.words); return; }
    location.assign('/login');
  });
}

function enrol() {
  const link = secret();
  showsPassword();
  if (!link) { say('wrong', NO_SECRET); at('send').disabled = true; return; }
  whenSent('form', async () => {
    say('wrong', '');
    const set = await ask('POST', '/enrolment', { secret: link, password: at('password').value });
    if (!set.ok) { say('wrong', set.words); return; }
    ['form', 'about'].forEach((id) => show(id, false));
    say('done', `The password of ${set.data.account} is set.`);
    ['done', 'on'].forEach((id) => show(id));
  });
}

/** Where somebody wanted to go who had to sign in first: to a call, and nowhere else. */
function wanted() {
  const path = location.hash.slice(1);
  return /^\/calls\/CAL-[0-9]{6,20}$/.test(path) ? path : '/';
}

async function login() {
  showsPassword();
  const by = (code, recovery) => {
    show('with-code', code);
    show('with-recovery', recovery);
    at('code').required = code;
    at('recovery').required = recovery;
    at(code ? 'code' : 'recovery').focus();
  };
  whenPressed('lost', () => by(false, true));
  whenPressed('found', () => by(true, false));
  whenSent('form', async () => {
    say('wrong', '');
    const given = { account: at('account').value, password: at('password').value };
    if (!at('with-code').hidden) given.code = at('code').value;
    if (!at('with-recovery').hidden) given.recovery_code = at('recovery').value;
    const signed = await ask('POST', '/session', given);
    if (signed.ok) { location.assign(wanted()); return; }
    if (signed.kind === 'second-factor-required') { by(true, false); return; }
    at('code').value = '';
    say('wrong', signed.words);
  });
  const first = await ask('GET', '/setup');
  if (first.ok && first.data.waiting) {
    say('note', 'There is no administrator yet. Open the link that the server printed when it started.');
    show('note');
  }
}

/** Asks something that may need a proof of who it is, and asks for that first. */
async function askFresh(method, path, body) {
  const answer = await ask(method, path, body);
  if (answer.kind !== 'step-up-required') return answer;
  return (await proven()) ? ask(method, path, body) : { ok: false, kind: 'cancelled', words: '' };
}

let me;

function proven() {
  const [dialog, byCode] = [at('again'), me.second_factor];
  show('again-with-code', byCode);
  show('again-with-password', !byCode);
  ['again-code', 'again-password'].forEach((id) => { at(id).value = ''; });
  say('again-wrong', '');
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (is) => { dialog.close(); resolve(is); };
    at('again-cancel').onclick = () => end(false);
    dialog.oncancel = () => resolve(false);
    at('again-form').onsubmit = async (event) => {
      event.preventDefault();
      const proof = byCode ? { code: at('again-code').value } : { password: at('again-password').value };
      const answer = await ask('POST', '/session/step-up', proof);
      if (answer.ok) end(true); else say('again-wrong', answer.words);
    };
  });
}

/** Tells how something went, and shows everything anew. */
async function told(answer, words) {
  say('wrong', answer.ok ? '' : answer.words);
  say('done', answer.ok ? words : '');
  if (answer.status === 401 && answer.kind === 'unauthenticated') { location.assign('/login'); return; }
  if (answer.ok) await refresh();
}

async function refresh() {
  const who = await ask('GET', '/session');
  if (!who.ok) {
    if (who.status === 401) location.assign('/login'); else say('wrong', who.words);
    return;
  }
  me = who.data;
  ['account', 'who-account'].forEach((id) => say(id, me.account));
  at('password-account').value = me.account;
  say('who-roles', me.roles.join(', ') || 'none: an administrator gives roles');
  at('who-permissions').replaceChildren(...me.permissions.map((one) => made('li', one, 'mono')));
  say('who-session', `until ${time(me.ends)} at the latest${me.break_glass ? ', with a break-glass account' : ''}`);
  const local = !me.provider;
  ['factor', 'password-part'].forEach((id) => show(id, local));
  say('factor-state', me.second_factor
    ? `Set. ${me.recovery_codes} recovery codes are left.`
    : 'Not set: your password alone signs you in.');
  say('factor-begin', me.second_factor ? 'Set up another device' : 'Set up');
  ['codes-renew', 'factor-remove'].forEach((id) => show(id, me.second_factor));
  show('tokens-part', me.permissions.includes('tokens:own'));
  await Promise.all([sessions(), me.permissions.includes('tokens:own') ? tokens() : undefined]);
}

function row(first, second, mark, act, label) {
  const [item, text] = [made('li'), made('span', undefined, 'grow')];
  text.append(made('span', first, 'mono'), made('span', second, 'small'));
  item.append(text);
  if (mark) item.append(made('span', mark, 'this'));
  if (act) {
    const button = made('button', label);
    button.type = 'button';
    button.setAttribute('aria-label', `${label}: ${first}`);
    button.addEventListener('click', () => pressed(button, act));
    item.append(button);
  }
  return item;
}

async function sessions() {
  const list = await ask('GET', '/sessions');
  if (!list.ok) return;
  at('sessions').replaceChildren(...list.data.items.map((one) => {
    const end = async () => told(await askFresh('DELETE', '/sessions/' + one.id), 'The session has ended.');
    const lasted = `began ${time(one.began)}, used ${time(one.used)}`;
    return one.is_this ? row(one.place, lasted, 'this one') : row(one.place, lasted, '', end, 'End');
  }));
  show('end-others', list.data.items.length > 1);
}

async function tokens() {
  const list = await ask('GET', '/tokens');
  if (!list.ok) return;
  at('tokens').replaceChildren(...list.data.items.map((one) => {
    const revoke = async () => told(await ask('DELETE', '/tokens/' + one.id), 'The token counts no more.');
    const until = `${one.expired ? 'expired' : 'until'} ${time(one.expires)} · ${one.permits.join(', ') || 'nothing'}`;
    return row(one.name ?? one.id, until, '', revoke, 'Revoke');
  }));
}

function showCodes(codes) {
  at('codes-list').replaceChildren(...codes.map((code) => made('li', code)));
  show('codes');
}

function secondFactor() {
  whenPressed('factor-begin', async () => {
    const begun = await askFresh('POST', '/account/second-factor');
    if (!begun.ok) { await told(begun); return; }
    say('factor-secret', begun.data.secret.replace(/(.{4})(?=.)/g, '$1 '));
    say('factor-address', begun.data.address);
    say('factor-until', time(begun.data.until));
    const picture = made('img');
    [picture.alt, picture.width, picture.height] = ['The address below as a QR code', 232, 232];
    picture.src = '/api/v1/account/second-factor/qr';
    at('factor-picture').replaceChildren(picture);
    show('codes', false);
    show('factor-pending');
    at('factor-code').focus();
  });
  whenSent('factor-form', async () => {
    const set = await askFresh('PUT', '/account/second-factor', { code: at('factor-code').value });
    at('factor-code').value = '';
    if (set.ok) {
      show('factor-pending', false);
      at('factor-picture').replaceChildren();
      ['factor-secret', 'factor-address'].forEach((id) => say(id, ''));
      showCodes(set.data.codes);
    }
    await told(set, 'The second factor is set. Your other sessions have ended.');
  });
  whenPressed('codes-renew', async () => {
    const renewed = await askFresh('POST', '/account/recovery-codes');
    if (renewed.ok) showCodes(renewed.data.codes);
    await told(renewed, 'These codes are good now, and none before them.');
  });
  whenPressed('factor-remove', async () => {
    if (!confirm('Remove the second factor? Your password alone will sign you in. Your other sessions end.')) return;
    show('codes', false);
    await told(await askFresh('DELETE', '/account/second-factor'), 'There is no second factor any more.');
  });
}

async function own() {
  whenPressed('leave', async () => {
    await ask('DELETE', '/session');
    location.assign('/login');
  });
  whenPressed('end-others', async () => {
    await told(await askFresh('DELETE', '/sessions'), 'All other sessions have ended.');
  });
  secondFactor();
  whenSent('password-form', async () => {
    const given = { current: at('password-current').value, new: at('password-new').value };
    const changed = await askFresh('PUT', '/account/password', given);
    if (changed.ok) ['password-current', 'password-new'].forEach((id) => { at(id).value = ''; });
    await told(changed, 'The password is changed. Your other sessions have ended.');
  });
  whenSent('token-form', async () => {
    const given = { name: at('token-name').value, expires_days: Number(at('token-days').value) };
    const issued = await askFresh('POST', '/tokens', given);
    if (issued.ok) { say('token-secret', issued.data.secret); show('token'); }
    await told(issued, 'The token is issued.');
  });
  await refresh();
}

const WAITS = {
  incident: () => 'Nobody leads this incident',
  decision: (call) => `Decision ${call.number} waits`,
  task: (call) => `Task ${call.number} is to be done`,
  lead: () => 'Somebody was named to lead this incident',
  part: () => 'Somebody has a part in the response',
  alert: () => 'An alert is to be looked at',
};

const STATES = { open: 'nobody has acknowledged it', settled: 'it waits no more' };

async function call() {
  const id = location.pathname.split('/').pop();
  const who = await ask('GET', '/session');
  if (who.status === 401) { location.assign('/login#/calls/' + id); return; }
  if (!who.ok) { say('wrong', who.words); return; }
  say('account', who.data.account);
  const shown = (call) => {
    const object = call.incident ?? call.alert;
    say('title', (WAITS[call.about] ?? (() => 'Something waits'))(call));
    say('about', [object, call.title].filter(Boolean).join(': '));
    say('state', call.state === 'acknowledged' ? `${call.acknowledged_by} takes care of it` : STATES[call.state]);
    say('since', time(call.begun));
    const told = call.told.map((one) => `${one.user ?? '?'} by ${one.channel} (${one.outcome})`);
    say('told', told.join(', ') || 'nobody yet');
    say('next', call.next_at ? `the next one is told at ${time(call.next_at)}` : 'nobody else is told');
    const noun = call.alert ? 'alert' : 'incident';
    say('command', `cofferdam ${noun} show ${object}`);
    show('acknowledge', call.state === 'open' && who.data.permissions.includes('calls:acknowledge'));
    show('call');
  };
  const answer = await ask('GET', '/calls/' + id);
  if (!answer.ok) { say('wrong', answer.status === 404 ? 'There is no such call.' : answer.words); return; }
  shown(answer.data);
  whenPressed('acknowledge', async () => {
    const done = await ask('POST', `/calls/${id}/acknowledge`);
    say('wrong', done.ok ? '' : done.words);
    if (done.ok) { say('done', 'Nobody else is told of it.'); shown(done.data); }
  });
}

const pages = { setup, enrol, login, own, call };
pages[document.body.dataset.page]();
