using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.IO;
using Nico.SharedKernel.Fields;

namespace Nico.SharedKernel.Http;

/// <summary>The error that was answered, for who writes about the request afterwards (log, audit).</summary>
public sealed record AnsweredProblem(string Message);

/// <summary>The one way to write the wire's error body. Source: spec/00-conventions.md, section 7.</summary>
public static class ErrorAnswer
{
    /// <summary>Name of the API, the <c>source</c> of every error.</summary>
    public const string Source = "nico";

    /// <summary>Characters of a message. With what is said of the fields no answer is longer than 64 kB.</summary>
    public const int LongestMessage = 2048;

    /// <summary>Bytes of <c>data</c>; a longer one is left out, which 100 fields with their messages are only if their names are odd.</summary>
    private const int LongestData = 48 << 10;

    private const string RetryAfterSeconds = "5";

    /// <summary>Answers with <c>source</c>, <c>message</c> and <c>data</c>, unless the answer has begun already.</summary>
    public static async Task Write(HttpContext http, int status, string message, JsonObject? data = null)
    {
        message = Text.Cut(message, LongestMessage);
        http.Features.Set(new AnsweredProblem(message));
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        switch (status)
        {
            case StatusCodes.Status401Unauthorized:
                http.Response.Headers.WWWAuthenticate = "Bearer";
                break;
            case StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable when http.Response.Headers.RetryAfter.Count == 0:
                http.Response.Headers.RetryAfter = RetryAfterSeconds;
                break;
        }

        // Not Clear(): headers that were set for every answer stay.
        var details = data?.DeepClone();
        await JsonAnswer.Write(http, status, new JsonObject { ["source"] = Source, ["message"] = message, ["data"] = IsShort(details) ? details : null });
    }

    /// <summary>Answers 500 with a text that is fixed, when making any other answer has failed. Null data, and nothing of the request in it.</summary>
    public static async Task WriteLast(HttpContext http)
    {
        http.Features.Set(new AnsweredProblem("Something went wrong on our side"));
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = _last.Length;
        await http.Response.Body.WriteAsync(_last);
    }

    private static readonly byte[] _last =
        Encoding.UTF8.GetBytes($$"""{"source":"{{Source}}","message":"Something went wrong on our side","data":null}""");

    private static bool IsShort(JsonNode? data) => data is null || Encoding.UTF8.GetByteCount(data.ToJsonString(Wire.Json)) <= LongestData;
}

/// <summary>A JSON answer with its length.</summary>
public static class JsonAnswer
{
    /// <summary>A page of machines is a megabyte: such a buffer made anew each time would have the collector look at everything, often.</summary>
    /// <remarks>Blocks below the size of large objects, so that what the pool lets go is collected soon.</remarks>
    private static readonly RecyclableMemoryStreamManager _buffers = new(
        new RecyclableMemoryStreamManager.Options { BlockSize = 64 << 10, MaximumSmallPoolFreeBytes = 32 << 20 });

    /// <summary>A stream in pooled memory.</summary>
    internal static RecyclableMemoryStream Buffer() => _buffers.GetStream();

    /// <summary>Answers with <paramref name="value"/> as JSON.</summary>
    public static async Task Write<T>(HttpContext http, int status, T value)
    {
        await using var buffer = Buffer();
        await using (var json = new Utf8JsonWriter((IBufferWriter<byte>)buffer))
        {
            JsonSerializer.Serialize(json, value, Wire.Json);
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.Length;
        foreach (var part in buffer.GetReadOnlySequence())
        {
            await http.Response.Body.WriteAsync(part, http.RequestAborted);
        }
    }
}
