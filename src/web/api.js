/* Asks the operator doors. Knows the session cookie only by what the service answers: scripts cannot read it. */

const root = new URL('api/v1/', new URL('..', import.meta.url));
const SIGNED_IN = 'nightshift.signed-in';

/* RFC 9457, with words for a person. */
export class Problem extends Error {
    constructor(status, body) {
        super(body.detail || body.title || 'the service answered with an error');
        this.status = status;
        this.title = body.title || '';
        this.code = body.code || '';
        this.instance = body.instance || '';
    }
}

async function problemOf(response) {
    const type = response.headers.get('Content-Type') || '';
    let body = {};
    if (type.includes('json'))
        body = await response.json().catch(() => ({}));
    return new Problem(response.status, { title: `HTTP ${response.status}`, ...body });
}

async function ask(path, options = {}) {
    let response;
    try {
        response = await fetch(new URL(path, root), { credentials: 'same-origin', cache: 'no-store', ...options });
    } catch (error) {
        if (error.name === 'AbortError')
            throw error;
        throw new Problem(0, { title: 'no answer', detail: 'The service cannot be reached. This page keeps trying.' });
    }
    if (!response.ok)
        throw await problemOf(response);
    return response.status === 204 ? null : response.json();
}

/* Blank parameters are left out. */
export function get(path, parameters = {}, signal) {
    const kept = Object.entries(parameters).filter(([, value]) => value !== '' && value !== null && value !== undefined);
    const query = new URLSearchParams(kept).toString();
    return ask(path + (query ? `?${query}` : ''), { signal });
}

/* A change: the token goes along by itself, for the cookie opens no such door. */
export function post(path, body, token) {
    return ask(path, {
        method: 'POST', credentials: 'omit', body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    });
}

const kept = new Map();

/* A short list that rarely changes (families, sites), up to 1000 rows, remembered for a minute. */
export async function list(path, signal) {
    const known = kept.get(path);
    if (known && performance.now() - known.at < 60000)
        return known.items;
    const first = await get(path, { limit: 500 }, signal);
    const second = first.next ? await get(path, { limit: 500, cursor: first.next }, signal) : { items: [] };
    const items = [...first.items, ...second.items];
    kept.set(path, { at: performance.now(), items });
    return items;
}

/* ---- the session ---- */

/* Whether it is worth asking: a stranger's question counts as a failed login. */
export function maybeSignedIn() {
    try {
        return localStorage.getItem(SIGNED_IN) === 'yes';
    } catch {
        return true;
    }
}

function note(isIn) {
    try {
        if (isIn)
            localStorage.setItem(SIGNED_IN, 'yes');
        else
            localStorage.removeItem(SIGNED_IN);
    } catch { /* storage is switched off: the page asks each time */ }
}

export async function signIn(token) {
    await ask('session', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }),
    });
    note(true);
}

export async function signOut() {
    await ask('session', { method: 'DELETE' });
    forget();
}

export function forget() {
    note(false);
    kept.clear();
}
