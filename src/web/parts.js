/* What pages are made of. Knows no noun. */

import { el, link } from './dom.js';
import { colour, meaning, words } from './states.js';

export const number = (value) => new Intl.NumberFormat('en-GB').format(value);
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/* 12 of 69 -> "17 %"; a share that is not nothing never reads 0 %, one that is not all never reads 100 %. */
export function percent(part, whole) {
    if (!whole)
        return '0\u00a0%';
    const share = part / whole * 100;
    if (part > 0 && share < 1)
        return '<\u00a01\u00a0%';
    return `${part < whole ? Math.min(99, Math.round(share)) : 100}\u00a0%`;
}

export function bytes(size) {
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let i = 0;
    while (size >= 1000 && i < units.length - 1) {
        size /= 1000;
        i++;
    }
    return `${i && size < 100 ? size.toFixed(1) : Math.round(size)} ${units[i]}`;
}

const shade = (kind, name) => ({ style: { '--c': colour(kind, name) } });

/* A state, in words and its colour. */
export function chip(kind, name) {
    return el(`span.chip.is-${name}`, { ...shade(kind, name), title: meaning(kind, name) || null }, words(kind, name));
}

/* Segments are {kind, name, count, label?, href?}. Empty ones stay in the bar with no width, so that it glides. */
export const segment = (kind, name, count, extra = {}) => ({ kind, name, count: count || 0, ...extra });
const labelOf = (s) => s.label ?? words(s.kind, s.name);

function piece(s) {
    return el(`i.piece.is-${s.name}`, {
        'data-key': `${s.kind}-${s.name}`,
        'data-count': s.count,
        title: `${labelOf(s)}: ${number(s.count)}`,
        style: { '--c': s.colour ?? colour(s.kind, s.name), 'flex-grow': String(s.count) },
    });
}

/* One stacked bar; `rest` is what is not there yet, drawn as track before the segments of `back`. */
export function bar(segments, { rest = 0, back = [], label = '', marks = [] } = {}) {
    const all = [...segments, ...back];
    const said = all.filter((s) => s.count > 0).map((s) => `${number(s.count)} ${labelOf(s)}`).join(', ');
    return el('div.bar', { role: 'img', 'aria-label': `${label ? `${label}: ` : ''}${said || 'nothing yet'}` },
        el('div.pieces',
            segments.map(piece),
            el('i.rest', { 'data-key': 'rest', style: { 'flex-grow': String(Math.max(0, rest)) } }),
            back.map(piece)),
        marks.map(({ at, text }) => el('i.mark', { title: text, style: { left: `${Math.min(100, Math.max(0, at))}%` } })));
}

/* The figures of a bar in words; segments with an href are links. */
export function legend(segments, { all = false } = {}) {
    const shown = segments.filter((s) => all || s.count > 0);
    return shown.length > 0 && el('ul.legend', shown.map((s) => {
        const inner = [el(`i.dot.is-${s.name}`, { style: { '--c': s.colour ?? colour(s.kind, s.name) } }),
            el('b', number(s.count)), ' ', labelOf(s)];
        return el('li', { 'data-key': `${s.kind}-${s.name}`, title: meaning(s.kind, s.name) || null },
            s.href ? link(s.href, inner) : el('span', inner));
    }));
}

/* Pairs [words, value]; blank values are left out. */
export function facts(pairs, spec = 'dl.facts') {
    const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
    return el(spec, shown.map(([name, value]) => el('div', el('dt', name), el('dd', value))));
}

export function card(title, ...children) {
    return el('section.card', title && el('h2', title), children);
}

/* Columns are [heading, cell(row), class?]. On a narrow screen each row becomes a card. */
export function table(caption, columns, rows) {
    const tag = (kind, column) => (column[2] ? `${kind}.${column[2]}` : kind);
    return el('div.scroll', el('table', { role: 'table' },
        el('caption.unseen', caption),
        el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' },
            columns.map((c) => el(tag('th', c), { scope: 'col', role: 'columnheader' }, c[0])))),
        el('tbody', { role: 'rowgroup' }, rows.map((row) => el('tr', { role: 'row' },
            columns.map((c) => el(tag('td', c), { role: 'cell', 'data-label': c[0] }, c[1](row))))))));
}

export const command = (text) => el('code.command', text);

/* Nothing here: why, and the command that changes it. */
export function empty(text, line, ...more) {
    return el('div.empty', el('p', text), line && command(line), more);
}

export function head(title, { crumb, state, note } = {}) {
    return el('div.head', crumb && el('p.crumb', link(crumb[0], crumb[1])), el('h1', title, state), note && el('p.note', note));
}

/* First page and next page, as links that can be kept. */
export function pager(base, query, next) {
    const at = (cursor) => `${base}?${new URLSearchParams(cursor ? { ...query, cursor } : query)}`;
    if (!query.cursor && !next)
        return null;
    const { cursor, ...plain } = query;
    return el('nav.pager', { 'aria-label': 'Pages' },
        cursor && link(`${base}?${new URLSearchParams(plain)}`, '\u2190 First page'),
        next && link(at(next), 'Next page \u2192'));
}
