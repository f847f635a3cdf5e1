#!/bin/sh
# nginx in front of the plain port: it ends TLS, and the links that come out are those the client can follow. Polls,
# PUTs, uploads and ranged downloads pass through it. On its own TLS port the service believes no X-Forwarded-*.
PATH=$PATH:/usr/sbin
. "$(dirname "$0")/../support/service.sh"
need nginx python3 sha256sum
service_start
service_stop
echo "http_port = 0" >>"$DIR/nightshift.conf"
service_start
plain=$(sed -n 's/^http //p' "$DIR/port")
[ "$plain" -gt 0 ] || die "no plain port"

# ---- nginx -----------------------------------------------------------------------------------------------

free_ports() {
    python3 -c 'import socket
many = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in many))'
}

nginx_conf() {
    [ "$(id -u)" != 0 ] || echo "user root;"
    cat <<END
daemon off;
worker_processes 1;
pid $WORK/nginx.pid;
error_log $WORK/nginx.log warn;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $WORK/nginx/body;
    proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi;
    uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto \$scheme;
    proxy_set_header X-Forwarded-Host \$http_host;
    upstream service { server 127.0.0.1:$plain; keepalive 8; }
    server {
        listen 127.0.0.1:$tls_port ssl;
        ssl_certificate $DIR/tls/server.pem;
        ssl_certificate_key $DIR/tls/server.key;
        location /updates/ { proxy_set_header X-Forwarded-Prefix /updates; proxy_set_header X-Forwarded-Proto \$scheme;
            proxy_set_header X-Forwarded-Host \$http_host; proxy_pass http://service/; }
        location / { proxy_pass http://service; }
    }
    server {
        listen 127.0.0.1:$http_port;
        location / {
            proxy_set_header Host intern.example;
            proxy_set_header X-Forwarded-Proto http;
            proxy_set_header X-Forwarded-Host localhost;
            proxy_set_header X-Forwarded-Port \$server_port;
            proxy_pass http://service;
        }
    }
}
END
}

mkdir "$WORK/nginx"
read -r tls_port http_port <<END
$(free_ports)
END
nginx_conf >"$WORK/nginx.conf"
nginx -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf" >>"$WORK/nginx.log" 2>&1 &
later $!
front=https://localhost:$tls_port
wait_for 'curl -sf --cacert "$CA" -o /dev/null "$front/healthz"' || { cat "$WORK/nginx.log"; die "nginx did not start"; }

# ---- an engineer behind it ---------------------------------------------------------------------------------

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 3000000
ns package build "$WORK/in" --family demo --version 1.0 --out "$WORK/p.tar" >>"$WORK/cli.log" 2>&1
expect "a package is uploaded through it" ns release add "$WORK/p.tar" --url "$front" --json
release=$(ns release list --json | jq -r '.items[0].id')
publish "$release" >/dev/null || die "not published"
location=$(curl -sS --cacert "$CA" -D - -o "$WORK/answer" -X POST -H "Authorization: Bearer $ADMIN" \
    -H "Tus-Resumable: 1.0.0" -H "Upload-Length: 5" "$front/api/v1/uploads" | tr -d '\r' |
    sed -n 's/^[Ll]ocation: //p')
expect "an upload's place has its scheme, host and port" eval \
    'case $location in "$front"/api/v1/uploads/*) true ;; *) echo "$location"; false ;; esac'
expect "bytes go there, chunked too" is 204 sh -c "printf hello | curl -sS -o '$WORK/answer' -w '%{http_code}' \
    --cacert '$CA' -X PATCH -H 'Authorization: Bearer $ADMIN' -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \
    -H 'Content-Type: application/offset+octet-stream' -H 'Transfer-Encoding: chunked' --data-binary @- '$location'"

# ---- a device behind it -------------------------------------------------------------------------------------

token=$(device_make mfp-1 plain) || die "no device"
who="Authorization: TargetToken $token"
assign mfp-1 "$release" >/dev/null || die "no action"

# from BASE PATH...: what the device is told there
from() {
    at=$1 path=$2
    shift 2
    curl -sS --fail --max-time 20 --cacert "$CA" -H "$who" "$@" "$at$path"
}

poll=/$TENANT/controller/v1/mfp-1
# links_start BASE PREFIX: every link of the poll and of the deployment begins so
links_start() {
    from "$1" "$poll" >"$WORK/poll.json" || return 1
    from "$(jq -r ._links.deploymentBase.href "$WORK/poll.json")" "" >"$WORK/deployment.json" || return 1
    jq -r '.. | .href? // empty' "$WORK/poll.json" "$WORK/deployment.json" >"$WORK/links"
    cat "$WORK/links"
    [ "$(wc -l <"$WORK/links")" -ge 3 ] && ! grep -v "^$1/$TENANT/" "$WORK/links"
}

expect "over TLS: links have nginx's scheme, host and port, and can be followed" links_start "$front"
expect "below a prefix: links have the prefix, and can be followed" links_start "$front/updates"
expect "over plain HTTP: links say http, and the port it told" links_start "http://localhost:$http_port"
expect "on the service's own port: its own" links_start "$URL"
expect "there, a forged X-Forwarded-Host is not believed" eval \
    '[ "$(from "$URL" "$poll" -H "X-Forwarded-Host: evil.example" -H "X-Forwarded-Proto: http" |
        grep -c evil.example)" = 0 ]'

links_start "$front" >/dev/null
artifact=$(jq -r '.deployment.chunks[0].artifacts[0]._links.download.href' "$WORK/deployment.json")
expect "attributes are PUT through it" is 200 from "$front" "$poll/configData" -o /dev/null -w '%{http_code}' \
    -X PUT -H 'Content-Type: application/json' -d '{"mode":"merge","data":{"serial":"X7"}}'
expect "and arrive" is X7 sh -c "'$BIN_DIR/nightshift' device show mfp-1 --json | jq -r .attributes.serial"
expect "a download through it" from "$artifact" "" -o "$WORK/got"
expect "is whole" same_bytes "$WORK/got" "$WORK/in/system.img"
head -c 1000000 "$WORK/in/system.img" >"$WORK/got"
expect "a cut one goes on" from "$artifact" "" -C - -o "$WORK/got"
expect "and is whole" same_bytes "$WORK/got" "$WORK/in/system.img"
expect "HEAD tells the size" grep -i '^content-length: 3000000' <<END
$(from "$artifact" "" -I | tr -d '\r')
END
expect "feedback through it" is 200 from "$front" "$poll/deploymentBase/$(jq -r .id "$WORK/deployment.json")/feedback" \
    -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d '{"status":{"execution":"closed","result":{"finished":"success"}}}'
expect "makes it healthy" is healthy sh -c \
    "'$BIN_DIR/nightshift' device history mfp-1 --json | jq -r '.items[0].state'"
expect "a refusal passes unchanged" is 401 curl -sS --cacert "$CA" -o "$WORK/answer" -w '%{http_code}' \
    -H "Authorization: TargetToken wrong" "$front$poll"
expect "nginx complained about nothing" eval '! grep -E "\[(error|crit|alert|emerg)\]" "$WORK/nginx.log"'
verdict
