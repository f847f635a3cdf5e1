/* The only place that makes elements. Text is always a text node: what a device says can never become markup. */

const HANDLERS = ['onclick', 'onchange', 'onsubmit'];

function set(node, name, value) {
    if (value === null || value === undefined || value === false)
        return;
    if (HANDLERS.includes(name))
        node[name] = value;
    else if (/^on/i.test(name))
        throw new Error(`no handler ${name}`);
    else if (name === 'style')
        /* One property at a time through the CSSOM: the content policy refuses style attributes. */
        for (const [property, text] of Object.entries(value))
            node.style.setProperty(property, text);
    else if (name === 'href' && !/^[#/]/.test(value))
        throw new Error('links stay on this page');
    else
        node.setAttribute(name, value === true ? '' : String(value));
}

function add(node, child) {
    if (Array.isArray(child))
        child.forEach((each) => add(node, each));
    else if (child instanceof Node)
        node.append(child);
    else if (child !== null && child !== undefined && child !== false)
        node.append(document.createTextNode(String(child)));
}

/* el('p.note', {title: 'x'}, 'text', el('b', 'more')): the attributes may be left out. */
export function el(spec, ...rest) {
    const [tag, ...classes] = spec.split('.');
    const node = document.createElement(tag);
    const first = rest[0];
    const hasAttributes = first && typeof first === 'object' && !Array.isArray(first) && !(first instanceof Node);
    if (classes.length)
        node.className = classes.join(' ');
    if (hasAttributes)
        for (const [name, value] of Object.entries(rest.shift()))
            set(node, name, value);
    rest.forEach((child) => add(node, child));
    return node;
}

export function link(href, ...children) {
    return el('a', { href }, ...children);
}

function patchAttributes(old, fresh) {
    for (const { name } of [...old.attributes])
        if (!fresh.hasAttribute(name) && name !== 'open')
            old.removeAttribute(name);
    for (const { name, value } of [...fresh.attributes])
        if (name !== 'style' && name !== 'open' && old.getAttribute(name) !== value)
            old.setAttribute(name, value);
    if (old.style.cssText !== fresh.style.cssText)
        old.style.cssText = fresh.style.cssText;
    for (const name of HANDLERS)
        old[name] = fresh[name];
}

/* Makes `old` look like `fresh`, keeping the nodes: focus, selection, open details and transitions survive a refresh. */
export function patch(old, fresh) {
    if (old.nodeName !== fresh.nodeName || old.dataset?.key !== fresh.dataset?.key) {
        old.replaceWith(fresh);
        return;
    }
    if (old.nodeType === Node.TEXT_NODE) {
        if (old.data !== fresh.data)
            old.data = fresh.data;
        return;
    }
    const value = fresh.value;
    patchAttributes(old, fresh);
    patchChildren(old, [...fresh.childNodes]);
    if ((old.nodeName === 'INPUT' || old.nodeName === 'SELECT') && old !== document.activeElement)
        old.value = value;
}

export function patchChildren(parent, fresh) {
    fresh.forEach((child, i) => {
        if (parent.childNodes[i])
            patch(parent.childNodes[i], child);
        else
            parent.append(child);
    });
    while (parent.childNodes.length > fresh.length)
        parent.lastChild.remove();
}
