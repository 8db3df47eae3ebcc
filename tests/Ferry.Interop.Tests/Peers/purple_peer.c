/*
 * A libpurple client that a test drives: one JSON object a line, commands on standard input, events on standard output.
 * Only libpurple speaks the protocols; this file starts it and watches what it does.
 *
 * Commands (`cmd`), their fields all strings, integers or null:
 *   login    jid(full) password host port ca            -> ready
 *   receive  [answer(accept|decline)] [close_after] dir
 *   send     to path [close_after]
 *   add      jid                    to the contacts, and asks to see it
 *   quit
 *
 * Events (`type`):
 *   ready      jid
 *   online     peer                 somebody whom we asked to see is there; who asks to see us may, and is asked back
 *   offered    peer name size
 *   declined   peer                 we said no
 *   progress   bytes                after the first MiB, once
 *   received   bytes sha256 path
 *   sent       bytes
 *   cancelled  bytes                by us, as told by close_after
 *   failed     condition text bytes     (condition: closed-by-peer, connect, not-sent, not-offered, certificate)
 */
#define PURPLE_DISABLE_DEPRECATED
#include <purple.h>

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_BYTES (1 << 20)

static GMainLoop *loop;
static PurpleAccount *account;
static GHashTable *receive_command;
static GHashTable *send_command;
static char *last_notice;
static gboolean offering;

/* JSON: flat objects only, which is all that the tests write. */

static void skip_space(const char **at)
{
    while (g_ascii_isspace(**at)) (*at)++;
}

static gunichar read_hex4(const char **at)
{
    gunichar value = 0;
    for (int i = 0; i < 4 && g_ascii_isxdigit(**at); i++, (*at)++) value = value * 16 + g_ascii_xdigit_value(**at);
    return value;
}

static char *read_string(const char **at)
{
    GString *text = g_string_new(NULL);
    for ((*at)++; **at != '\0' && **at != '"';) {
        if (**at != '\\') {
            g_string_append_c(text, *(*at)++);
            continue;
        }
        char escape = (*at)[1];
        *at += escape == '\0' ? 1 : 2;
        if (escape == 'u') {
            gunichar value = read_hex4(at);
            if (value >= 0xD800 && value < 0xDC00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
                *at += 2;
                value = 0x10000 + ((value - 0xD800) << 10) + (read_hex4(at) - 0xDC00);
            }
            g_string_append_unichar(text, value);
        } else {
            const char *plain = "bfnrt", *found = strchr(plain, escape);
            g_string_append_c(text, found != NULL && escape != '\0' ? "\b\f\n\r\t"[found - plain] : escape);
        }
    }
    if (**at == '"') (*at)++;
    return g_string_free(text, FALSE);
}

/* Field names and values as strings; a null is a missing field. */
static GHashTable *read_object(const char *line)
{
    GHashTable *object = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *at = line;
    skip_space(&at);
    if (*at == '{') at++;
    for (skip_space(&at); *at == '"'; skip_space(&at)) {
        char *name = read_string(&at);
        skip_space(&at);
        if (*at == ':') at++;
        skip_space(&at);
        if (*at == '"') {
            g_hash_table_insert(object, name, read_string(&at));
        } else {
            size_t length = strcspn(at, ",} \t");
            if (strncmp(at, "null", 4) == 0)
                g_free(name);
            else
                g_hash_table_insert(object, name, g_strndup(at, length));
            at += length;
        }
        skip_space(&at);
        if (*at == ',') at++;
    }
    return object;
}

static const char *field(GHashTable *object, const char *name)
{
    return object == NULL ? NULL : g_hash_table_lookup(object, name);
}

static void append_string(GString *line, const char *text)
{
    g_string_append_c(line, '"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_printf(line, "\\%c", *at);
        else if (*at < 0x20)
            g_string_append_printf(line, "\\u%04x", *at);
        else
            g_string_append_c(line, *at);
    }
    g_string_append_c(line, '"');
}

/* Name and text of each string field, ended by NULL; `bytes` is left out where negative. */
static void emit(const char *type, gint64 bytes, ...)
{
    GString *line = g_string_new("{\"type\": ");
    append_string(line, type);
    va_list fields;
    va_start(fields, bytes);
    for (const char *name; (name = va_arg(fields, const char *)) != NULL;) {
        const char *text = va_arg(fields, const char *);
        g_string_append(line, ", ");
        append_string(line, name);
        g_string_append(line, ": ");
        append_string(line, text != NULL ? text : "");
    }
    va_end(fields);
    if (bytes >= 0) g_string_append_printf(line, ", \"bytes\": %" G_GINT64_FORMAT, bytes);
    g_string_append(line, "}\n");
    fputs(line->str, stdout);
    fflush(stdout);
    g_string_free(line, TRUE);
}

/* The event loop that libpurple asks its user for. */

typedef struct {
    PurpleInputFunction function;
    gpointer data;
} Watch;

static gboolean on_watch(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    Watch *watch = data;
    PurpleInputCondition what = 0;
    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) what |= PURPLE_INPUT_READ;
    if (condition & (G_IO_OUT | G_IO_ERR | G_IO_NVAL)) what |= PURPLE_INPUT_WRITE;
    watch->function(watch->data, g_io_channel_unix_get_fd(channel), what);
    return TRUE;
}

static guint add_input(int fd, PurpleInputCondition what, PurpleInputFunction function, gpointer data)
{
    Watch *watch = g_new0(Watch, 1);
    watch->function = function;
    watch->data = data;
    GIOCondition condition = 0;
    if (what & PURPLE_INPUT_READ) condition |= G_IO_IN | G_IO_HUP | G_IO_ERR;
    if (what & PURPLE_INPUT_WRITE) condition |= G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
    GIOChannel *channel = g_io_channel_unix_new(fd);
    guint id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, condition, on_watch, watch, g_free);
    g_io_channel_unref(channel);
    return id;
}

static PurpleEventLoopUiOps event_loop_ops = {
    .timeout_add = g_timeout_add,
    .timeout_remove = g_source_remove,
    .input_add = add_input,
    .input_remove = g_source_remove,
    .timeout_add_seconds = g_timeout_add_seconds,
};

/* What libpurple would tell a person. */

static void *on_notice(PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
    (void)type;
    (void)title;
    g_free(last_notice);
    last_notice = g_strdup_printf("%s %s", primary != NULL ? primary : "", secondary != NULL ? secondary : "");
    fprintf(stderr, "libpurple says: %s\n", last_notice);
    return NULL;
}

static PurpleNotifyUiOps notify_ops = {.notify_message = on_notice};

static void on_disconnect(PurpleConnection *connection, PurpleConnectionError reason, const char *text)
{
    (void)connection;
    char *condition = g_strdup_printf("connect-%d", (int)reason);
    emit("failed", 0, "condition", condition, "text", text, NULL);
    g_free(condition);
}

static PurpleConnectionUiOps connection_ops = {.report_disconnect_reason = on_disconnect};

/* Contacts. */

static void *on_subscribe(PurpleAccount *ours, const char *who, const char *id, const char *alias, const char *message, gboolean on_list,
                          PurpleAccountRequestAuthorizationCb yes, PurpleAccountRequestAuthorizationCb no, void *data)
{
    (void)id;
    (void)message;
    (void)no;
    yes(data);
    if (!on_list) {
        PurpleBuddy *buddy = purple_buddy_new(ours, who, alias);
        purple_blist_add_buddy(buddy, NULL, NULL, NULL);
        purple_account_add_buddy(ours, buddy);
    }
    return NULL;
}

static void add_contact(const char *who)
{
    PurpleBuddy *buddy = purple_buddy_new(account, who, NULL);
    purple_blist_add_buddy(buddy, NULL, NULL, NULL);
    purple_account_add_buddy(account, buddy);
}

static PurpleAccountUiOps account_ops = {.request_authorize = on_subscribe};

static void on_online(PurpleBuddy *buddy, gpointer data)
{
    (void)data;
    emit("online", -1, "peer", purple_buddy_get_name(buddy), NULL);
}

/* Transfers. */

static GHashTable *command_of(PurpleXfer *xfer)
{
    return purple_xfer_get_type(xfer) == PURPLE_XFER_RECEIVE ? receive_command : send_command;
}

static gboolean cancel_later(gpointer data)
{
    PurpleXfer *xfer = data;
    if (!purple_xfer_is_canceled(xfer) && !purple_xfer_is_completed(xfer)) purple_xfer_cancel_local(xfer);
    purple_xfer_unref(xfer);
    return FALSE;
}

/* What we keep of a transfer beside libpurple's own. */
typedef struct {
    gboolean told;
    gboolean cancelling;
    gboolean declined;
} Notes;

static void on_new(PurpleXfer *xfer)
{
    xfer->ui_data = g_new0(Notes, 1);
    offering = TRUE;
}

static void on_progress(PurpleXfer *xfer, double percent)
{
    (void)percent;
    Notes *notes = xfer->ui_data;
    gint64 bytes = (gint64)purple_xfer_get_bytes_sent(xfer);
    if (!notes->told && bytes >= PROGRESS_BYTES) {
        notes->told = TRUE;
        emit("progress", bytes, NULL);
    }
    const char *close_after = field(command_of(xfer), "close_after");
    if (close_after != NULL && !notes->cancelling && bytes >= g_ascii_strtoll(close_after, NULL, 10)) {
        notes->cancelling = TRUE;
        purple_xfer_ref(xfer);
        /* Not as an idle one: a busy socket would go first for as long as it is busy. */
        g_idle_add_full(G_PRIORITY_HIGH, cancel_later, xfer, NULL);
    }
}

static char *hash_of(const char *path)
{
    char *content = NULL;
    gsize length = 0;
    if (path == NULL || !g_file_get_contents(path, &content, &length, NULL)) return g_strdup("");
    char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, length);
    g_free(content);
    return hash;
}

/* The end of every transfer: libpurple has closed the file by now. */
static void on_destroy(PurpleXfer *xfer)
{
    Notes *notes = xfer->ui_data;
    gint64 bytes = (gint64)purple_xfer_get_bytes_sent(xfer);
    if (notes->declined)
        emit("declined", -1, "peer", xfer->who, NULL);
    else if (notes->cancelling)
        emit("cancelled", bytes, NULL);
    else if (!purple_xfer_is_completed(xfer))
        emit("failed", bytes, "condition", "closed-by-peer", "text", last_notice, NULL);
    else if (purple_xfer_get_type(xfer) == PURPLE_XFER_SEND)
        emit("sent", bytes, NULL);
    else {
        char *hash = hash_of(purple_xfer_get_local_filename(xfer));
        emit("received", bytes, "sha256", hash, "path", purple_xfer_get_local_filename(xfer), NULL);
        g_free(hash);
    }
    g_free(notes);
    xfer->ui_data = NULL;
}

static PurpleXferUiOps transfer_ops = {.new_xfer = on_new, .destroy = on_destroy, .update_progress = on_progress};

static gboolean answer_later(gpointer data)
{
    PurpleXfer *xfer = data;
    const char *answer = field(receive_command, "answer"), *folder = field(receive_command, "dir");
    if (folder == NULL || g_strcmp0(answer, "decline") == 0) {
        ((Notes *)xfer->ui_data)->declined = TRUE;
        purple_xfer_request_denied(xfer);
    } else {
        char *path = g_build_filename(folder, "received", NULL);
        purple_xfer_request_accepted(xfer, path);
        g_free(path);
        /* The one that purple_xfer_request took for the person's answer; a refusal gives it back by itself. */
        purple_xfer_unref(xfer);
    }
    purple_xfer_unref(xfer);
    return FALSE;
}

static void on_offer(PurpleXfer *xfer, gpointer data)
{
    (void)data;
    char *size = g_strdup_printf("%" G_GSIZE_FORMAT, purple_xfer_get_size(xfer));
    emit("offered", -1, "peer", xfer->who, "name", purple_xfer_get_filename(xfer), "size", size, NULL);
    g_free(size);
    purple_xfer_ref(xfer);
    g_idle_add(answer_later, xfer);
}

/* Commands. */

static void on_signed_on(PurpleConnection *connection, gpointer data)
{
    (void)data;
    emit("ready", -1, "jid", purple_account_get_username(purple_connection_get_account(connection)), NULL);
}

static gboolean trust(const char *file)
{
    PurpleCertificateScheme *scheme = purple_certificate_find_scheme("x509");
    PurpleCertificate *authority = scheme == NULL ? NULL : purple_certificate_import(scheme, file);
    PurpleCertificatePool *authorities = purple_certificate_find_pool("x509", "ca");
    return authority != NULL && authorities != NULL && purple_certificate_pool_store(authorities, "interop", authority);
}

static void log_in(GHashTable *command)
{
    if (!trust(field(command, "ca"))) {
        emit("failed", 0, "condition", "certificate", "text", "libpurple does not take the authority", NULL);
        return;
    }
    account = purple_account_new(field(command, "jid"), "prpl-jabber");
    purple_accounts_add(account);
    purple_account_set_password(account, field(command, "password"));
    purple_account_set_string(account, "connect_server", field(command, "host"));
    purple_account_set_int(account, "port", atoi(field(command, "port")));
    purple_account_set_string(account, "connection_security", "require_tls");
    /* Else a public proxy that is compiled in is looked up. */
    purple_account_set_string(account, "ft_proxies", "");
    purple_account_set_enabled(account, "interop", TRUE);
    purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
}

static void obey(const char *line)
{
    GHashTable *command = read_object(line);
    const char *name = field(command, "cmd");
    if (g_strcmp0(name, "login") == 0) {
        log_in(command);
    } else if (g_strcmp0(name, "receive") == 0) {
        receive_command = g_hash_table_ref(command);
    } else if (g_strcmp0(name, "send") == 0) {
        send_command = g_hash_table_ref(command);
        g_free(last_notice);
        last_notice = NULL;
        offering = FALSE;
        serv_send_file(purple_account_get_connection(account), field(command, "to"), field(command, "path"));
        /* A file that libpurple does not want to send makes a notice, and no transfer that could end. */
        if (last_notice != NULL)
            emit("failed", 0, "condition", "not-sent", "text", last_notice, NULL);
        else if (!offering)
            emit("failed", 0, "condition", "not-offered", "text", "it does not think that the other takes files, and says nothing", NULL);
    } else if (g_strcmp0(name, "add") == 0) {
        add_contact(field(command, "jid"));
    } else if (g_strcmp0(name, "quit") == 0) {
        g_main_loop_quit(loop);
    }
    g_hash_table_unref(command);
}

static gboolean on_input(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    (void)condition;
    (void)data;
    char *line = NULL;
    GIOStatus status = g_io_channel_read_line(channel, &line, NULL, NULL, NULL);
    if (status == G_IO_STATUS_NORMAL) obey(line);
    g_free(line);
    if (status != G_IO_STATUS_EOF && status != G_IO_STATUS_ERROR) return TRUE;
    g_main_loop_quit(loop);
    return FALSE;
}

static void print_to_errors(const char *text)
{
    fputs(text, stderr);
}

static void set_ui_ops(void)
{
    purple_notify_set_ui_ops(&notify_ops);
    purple_connections_set_ui_ops(&connection_ops);
    purple_xfers_set_ui_ops(&transfer_ops);
    purple_accounts_set_ui_ops(&account_ops);
}

static PurpleCoreUiOps core_ops = {.ui_init = set_ui_ops};

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: purple_peer FOLDER-FOR-ITS-SETTINGS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    g_set_print_handler(print_to_errors);
    loop = g_main_loop_new(NULL, FALSE);
    purple_util_set_user_dir(argv[1]);
    purple_debug_set_enabled(g_getenv("PEER_LOG") != NULL);
    purple_core_set_ui_ops(&core_ops);
    purple_eventloop_set_ui_ops(&event_loop_ops);
    if (!purple_core_init("interop")) {
        fprintf(stderr, "libpurple does not start\n");
        return 1;
    }
    purple_set_blist(purple_blist_new());
    /* No asking of routers or other servers for our address. */
    purple_prefs_set_bool("/purple/network/map_ports", FALSE);
    purple_prefs_set_bool("/purple/network/auto_ip", FALSE);
    /* The one port to listen on for files: one that is taken makes libpurple go in-band where the server has no proxy. */
    const char *listen_port = g_getenv("PEER_LISTEN_PORT");
    if (listen_port != NULL) {
        purple_prefs_set_bool("/purple/network/ports_range_use", TRUE);
        purple_prefs_set_int("/purple/network/ports_range_start", atoi(listen_port));
        purple_prefs_set_int("/purple/network/ports_range_end", atoi(listen_port));
    }
    static int handle;
    purple_signal_connect(purple_connections_get_handle(), "signed-on", &handle, PURPLE_CALLBACK(on_signed_on), NULL);
    purple_signal_connect(purple_blist_get_handle(), "buddy-signed-on", &handle, PURPLE_CALLBACK(on_online), NULL);
    purple_signal_connect(purple_xfers_get_handle(), "file-recv-request", &handle, PURPLE_CALLBACK(on_offer), NULL);
    GIOChannel *input = g_io_channel_unix_new(0);
    g_io_add_watch(input, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, NULL);
    g_main_loop_run(loop);
    purple_core_quit();
    return 0;
}
