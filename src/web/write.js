/* The only way this page changes anything. The cookie opens doors for reading only, so a write shows the operator's
 * token itself: it is asked for, kept in this document's memory for a few minutes, and written down nowhere. */

import { post } from './api.js';
import { el } from './dom.js';

const KEPT_MS = 5 * 60000;

let kept = { token: '', until: 0 };

export function dropToken() {
    kept = { token: '', until: 0 };
}

function known() {
    if (performance.now() > kept.until)
        dropToken();
    return kept.token;
}

/* The dialog is beside the page, not in it: a refresh leaves it alone. Resolves to a token, or null where somebody
 * thought better of it. */
function askToken(what, said) {
    return new Promise((resolve) => {
        const end = (token) => {
            dialog.remove();
            resolve(token);
        };
        const input = el('input', {
            id: 'write-token', name: 'token', type: 'password', required: true, maxlength: 256, autocomplete: 'current-password',
            spellcheck: 'false',
        });
        const form = el('form', {
            onsubmit: (event) => {
                event.preventDefault();
                end(input.value.trim());
            },
        }, el('h2', what),
        el('p.note', 'You are signed in for reading. To change something, show your token once more; this page remembers it for five minutes.'),
        el('label', { for: 'write-token' }, 'Operator token'), input,
        said && el('p.refusal', { role: 'alert' }, said),
        el('div.buttons', el('button', { type: 'submit' }, what),
            el('button.quiet', { type: 'button', onclick: () => end(null) }, 'Leave it')));
        const dialog = el('dialog.card.asking', { 'aria-label': what }, form);
        dialog.addEventListener('cancel', (event) => {
            event.preventDefault();
            end(null);
        });
        document.body.append(dialog);
        dialog.showModal();
        input.focus();
    });
}

/* What the door answers, or null where nobody wanted to after all. `what` are the words of the button. */
export async function write(what, path, body = {}) {
    let said = '';
    for (;;) {
        const token = known() || await askToken(what, said);
        if (!token)
            return null;
        try {
            const answer = await post(path, body, token);
            kept = { token, until: performance.now() + KEPT_MS };
            return answer ?? {};
        } catch (problem) {
            if (problem.status !== 401)
                throw problem;
            dropToken();
            said = 'This token opens nothing here: it is wrong, or it was revoked.';
        }
    }
}

/* ---- buttons ---- */

/* What doors refused, by button: shown where it was pressed until the page is left or it is pressed again. */
const refusals = new Map();

export const dropRefusals = () => refusals.clear();
export const refusal = (key) => refusals.has(key) && el('p.refusal', { role: 'alert' }, refusals.get(key));

/* Writes, then has the page ask again; done(answer) runs where it was let in. */
export async function act(key, what, path, body, done = () => {}) {
    refusals.delete(key);
    try {
        const answer = await write(what, path, body);
        if (answer)
            done(answer);
    } catch (problem) {
        refusals.set(key, problem.message);
    }
    document.dispatchEvent(new Event('changed'));
}

export function button(what, path, body = {}, kind = 'quiet') {
    return el(`button.${kind}`, { type: 'button', onclick: () => act(path, what, path, body) }, what);
}
