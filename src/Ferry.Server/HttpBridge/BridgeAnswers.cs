using System.Collections.Immutable;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ferry.Server.HttpBridge;

/// <summary>What every answer of the bridge carries, and the short ones whole.</summary>
internal static class BridgeAnswers
{
    /// <summary>
    /// Nothing is kept, guessed at, run, or shown within another page.
    /// </summary>
    public static void SetHeaders(HttpResponse response)
    {
        var headers = response.Headers;
        headers.AccessControlExposeHeaders = "Content-Length, Content-Disposition";
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers["Referrer-Policy"] = "no-referrer";
    }

    /// <summary>
    /// Whose scripts may read the answer (CORS), before anything else of it is known. The token is the authority, so it may be any page's, unless origins are given; never with cookies.
    /// </summary>
    public static void SetOrigin(HttpContext context, ImmutableArray<string> origins)
    {
        var headers = context.Response.Headers;
        if (origins.IsEmpty)
        {
            headers.AccessControlAllowOrigin = "*";
            return;
        }

        headers.Vary = "Origin";
        if (context.Request.Headers.Origin is [{ } origin] && origins.Contains(origin)) headers.AccessControlAllowOrigin = origin;
    }

    /// <summary>A line of text.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string text, string? allow = null)
    {
        var response = context.Response;
        if (response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        SetHeaders(response);
        var bytes = Encoding.UTF8.GetBytes(text + "\n");
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = bytes.Length;
        if (allow is not null) response.Headers.Allow = allow;
        if (status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = "60";
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>What a browser asks before a request that is not simple.</summary>
    /// <param name="ranges">Downloads may be asked for by ranges.</param>
    public static void Preflight(HttpResponse response, bool ranges)
    {
        SetHeaders(response);
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, OPTIONS";
        response.Headers.AccessControlAllowHeaders = ranges ? "Content-Type, Range, If-Range" : "Content-Type";
        response.Headers.AccessControlMaxAge = "600";
    }
}
