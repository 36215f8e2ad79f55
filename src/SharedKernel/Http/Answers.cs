using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.IO;

namespace Nico.SharedKernel.Http;

/// <summary>The error that was answered, for who writes about the request afterwards (log, audit).</summary>
public sealed record AnsweredProblem(string Message);

/// <summary>The one way to write the wire's error body. Source: spec/00-conventions.md, section 7.</summary>
public static class ErrorAnswer
{
    /// <summary>Name of the API, the <c>source</c> of every error.</summary>
    public const string Source = "nico";

    private const string RetryAfterSeconds = "5";

    /// <summary>Answers with <c>source</c>, <c>message</c> and <c>data</c>, unless the answer has begun already.</summary>
    public static async Task Write(HttpContext http, int status, string message, JsonObject? data = null)
    {
        http.Features.Set(new AnsweredProblem(message));
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        switch (status)
        {
            case StatusCodes.Status401Unauthorized: http.Response.Headers.WWWAuthenticate = "Bearer"; break;
            case StatusCodes.Status503ServiceUnavailable: http.Response.Headers.RetryAfter = RetryAfterSeconds; break;
        }

        // Not Clear(): headers that were set for every answer stay.
        await JsonAnswer.Write(http, status, new JsonObject { ["source"] = Source, ["message"] = message, ["data"] = data?.DeepClone() });
    }
}

/// <summary>A JSON answer with its length.</summary>
public static class JsonAnswer
{
    /// <summary>A page of machines is a megabyte: such a buffer made anew each time would have the collector look at everything, often.</summary>
    private static readonly RecyclableMemoryStreamManager _buffers = new(new RecyclableMemoryStreamManager.Options { MaximumSmallPoolFreeBytes = 32 << 20 });

    /// <summary>Answers with <paramref name="value"/> as JSON.</summary>
    public static async Task Write<T>(HttpContext http, int status, T value)
    {
        await using var buffer = _buffers.GetStream();
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
