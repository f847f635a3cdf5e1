/* The router and the session: which page, when it asks again, what it says when the service does not answer. */

import { forget, get, maybeSignedIn, signOut } from './api.js';
import { device } from './device.js';
import { devices } from './devices.js';
import { el, link, patchChildren } from './dom.js';
import { fleet } from './fleet.js';
import { releases } from './releases.js';
import { restore } from './restores.js';
import { rollout } from './rollout.js';
import { rollouts } from './rollouts.js';
import { signinPage } from './signin.js';
import { paint } from './states.js';
import { clockIs } from './time.js';
import { dropTrust } from './trust.js';
import { dropRefusals, dropToken } from './write.js';

/* A page is {title(data), load(route, signal), show(data, route), every(data): ms or 0}. Pure but for load. */
/* pattern                    page       its tab */
const routes = [
    [/^\/?$/,                 fleet,     '#/'],
    [/^\/rollouts$/,          rollouts,  '#/rollouts'],
    [/^\/rollouts\/(\d+)$/,   rollout,   '#/rollouts'],
    [/^\/devices$/,           devices,   '#/devices'],
    [/^\/devices\/([^/]+)$/,  device,    '#/devices'],
    [/^\/restores\/(\d+)$/,   restore,   '#/devices'],
    [/^\/releases$/,          releases,  '#/releases'],
    [/^\/releases\/(\d+)$/,   releases,  '#/releases'],
];
const tabs = [['#/', 'Fleet'], ['#/rollouts', 'Rollouts'], ['#/devices', 'Devices'], ['#/releases', 'Releases']];

const RETRY_MS = 5000;
const main = document.getElementById('main');
const top = document.getElementById('top');
let who = null;
let current = null; /* {route, abort, timer, data} of the page that is shown */

/* ---- where we are ---- */

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

function here() {
    const [path, query = ''] = location.hash.replace(/^#/, '').split('?');
    for (const [pattern, page, tab] of routes) {
        const found = pattern.exec(path);
        if (found)
            return { page, tab, path, id: decoded(found[1] ?? ''), query: Object.fromEntries(new URLSearchParams(query)) };
    }
    return { page: null, tab: '', path, id: '', query: {} };
}

/* ---- the frame ---- */

function showTop(route, said) {
    const state = said ?? 'live';
    patchChildren(top, [
        el('a.brand', { href: '#/' }, el('img', { src: 'assets/icon.svg', alt: '', width: 28, height: 28 }), 'Nightshift'),
        el('nav', { 'aria-label': 'Pages' },
            tabs.map(([href, text]) => el('a', { href, 'aria-current': route.tab === href ? 'page' : null }, text))),
        el('div.who',
            el(`span.pulse.is-${state}`, { role: 'status' }, state === 'live' ? 'live' : state === 'lost' ? 'no answer' : ''),
            el('span.me', { title: `role ${who.role}, tenant ${who.tenant}` },
                el('b', who.name), ` ${[who.role === who.name ? '' : who.role, who.tenant].filter(Boolean).join(' \u00b7 ')}`),
            el('button.quiet', { type: 'button', onclick: leave }, 'Sign out')),
    ]);
    top.hidden = false;
}

function problemPage(problem) {
    return el('div.problem', { role: 'alert' },
        el('h1', problem.status === 404 ? 'There is nothing here' : problem.status === 403 ? 'Not for you' : 'That did not work'),
        el('p', problem.message),
        problem.instance && el('p.note', 'request ', el('code', problem.instance)),
        el('p', link('#/', 'To the fleet')));
}

/* ---- showing and asking again ---- */

function later(ms) {
    clearTimeout(current.timer);
    if (ms && !document.hidden)
        current.timer = setTimeout(refresh, ms);
}

function draw(nodes) {
    patchChildren(main, [nodes].flat(Infinity).filter(Boolean));
    main.setAttribute('aria-busy', 'false');
}

async function refresh() {
    const mine = current;
    try {
        const data = await mine.route.page.load(mine.route, mine.abort.signal);
        if (mine !== current)
            return;
        mine.data = data;
        document.title = `${mine.route.page.title(data)} \u00b7 Nightshift`;
        draw(mine.route.page.show(data, mine.route));
        showTop(mine.route);
        later(mine.route.page.every(data));
    } catch (problem) {
        if (mine === current && problem.name !== 'AbortError')
            failed(problem);
    }
}

function failed(problem) {
    if (problem.status === 401) {
        shut('Your session has ended. Sign in again to go on.');
        return;
    }
    if (problem.status === undefined)
        console.error(problem); /* our own bug */
    showTop(current.route, problem.status ? 'live' : 'lost');
    /* What is on the screen stays: old figures with a warning are better than none. */
    if (!current.data)
        draw(problemPage(problem));
    if (problem.status === 0 || problem.status >= 429)
        later(RETRY_MS);
}

function open() {
    const route = here(), last = current;
    if (last) {
        clearTimeout(last.timer);
        last.abort.abort();
    }
    current = { route, abort: new AbortController(), timer: 0, data: null };
    if (!who)
        return;
    showTop(route);
    if (last?.route.path !== route.path) {
        dropRefusals();
        window.scrollTo(0, 0);
        main.focus({ preventScroll: true });
        main.replaceChildren();
    }
    main.setAttribute('aria-busy', 'true');
    if (route.page)
        refresh();
    else
        draw(problemPage({ status: 404, message: 'This address leads nowhere.' }));
}

/* ---- the session ---- */

function shut(why = '') {
    clearTimeout(current?.timer);
    who = null;
    forget();
    dropToken();
    dropTrust();
    top.hidden = true;
    document.title = 'Nightshift';
    main.replaceChildren(signinPage(why, enter));
    main.setAttribute('aria-busy', 'false');
    document.getElementById('token').focus();
}

async function enter() {
    who = await get('whoami');
    clockIs(who.now, who.clock_rate);
    main.replaceChildren();
    current = null;
    open();
}

async function leave() {
    try {
        await signOut();
        shut('You are signed out.');
    } catch (problem) {
        failed(problem);
    }
}

async function begin() {
    if (!maybeSignedIn()) {
        shut();
        return;
    }
    try {
        await enter();
    } catch (problem) {
        if (problem.status === 401) {
            shut();
            return;
        }
        main.replaceChildren(problemPage(problem));
        setTimeout(begin, RETRY_MS);
    }
}

paint();
window.addEventListener('hashchange', open);
document.addEventListener('changed', () => {
    if (who && current?.route.page)
        refresh();
});
document.addEventListener('visibilitychange', () => {
    if (document.hidden)
        clearTimeout(current?.timer);
    else if (who && current?.route.page)
        refresh();
});
begin();
