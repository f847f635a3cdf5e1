/* The door: a token becomes a cookie that only reads. Writes show it again: write.js. */

import { signIn } from './api.js';
import { command } from './parts.js';
import { el } from './dom.js';

async function submit(event, done) {
    const form = event.target, token = form.elements.token, said = form.querySelector('.refusal');
    event.preventDefault();
    said.textContent = '';
    form.classList.add('busy');
    try {
        await signIn(token.value.trim());
        token.value = '';
        await done();
    } catch (problem) {
        said.textContent = problem.status === 401 ? 'This token opens nothing here: it is wrong, or it was revoked.'
            : problem.status === 400 ? 'A token is needed, as it was shown once by \u201coperator add\u201d.'
                : problem.message;
        token.setAttribute('aria-invalid', 'true');
        token.focus();
    } finally {
        form.classList.remove('busy');
    }
}

/* `why` is said above the field when a session ended by itself; done() runs when the service let us in. */
export function signinPage(why, done) {
    return el('div.door',
        el('form.card', { onsubmit: (event) => submit(event, done), autocomplete: 'on' },
            el('img', { src: 'assets/icon.svg', alt: '', width: 56, height: 56 }),
            el('h1', 'Nightshift'),
            el('p.note', why || 'Firmware for the print fleet, outside working hours.'),
            el('label', { for: 'token' }, 'Operator token'),
            el('input', {
                id: 'token', name: 'token', type: 'password', required: true, maxlength: 256,
                autocomplete: 'current-password', spellcheck: 'false', 'aria-describedby': 'refusal',
            }),
            el('p.refusal', { id: 'refusal', role: 'alert' }),
            el('button', { type: 'submit' }, 'Sign in'),
            el('p.hint', 'No token yet? An administrator makes one that may only look:'),
            command('nightshift operator add NAME --role viewer')));
}
