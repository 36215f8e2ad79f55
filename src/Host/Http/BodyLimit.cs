using Nico.SharedKernel.Http;

namespace Nico.Host.Http;

/// <summary>Refuses a body that says beforehand that it is too long. A chunked one is stopped by Kestrel at the same limit.</summary>
internal sealed class BodyLimit(RequestDelegate next)
{
    /// <summary>Bytes that a body may have.</summary>
    public const long Bytes = 10_000_000;

    /// <summary>What a caller hears about a longer one.</summary>
    public const string Message = "The body is longer than 10000000 bytes";

    public Task InvokeAsync(HttpContext http) => http.Request.ContentLength > Bytes
        ? ErrorAnswer.Write(http, StatusCodes.Status413PayloadTooLarge, Message)
        : next(http);
}
