using Microsoft.Extensions.Options;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Host.Http;

/// <summary>
/// Refuses a body that says beforehand that it is too long. A chunked one is stopped by Kestrel at the same limit. No route needs more today:
/// the one that will is named here.
/// </summary>
internal sealed class BodyLimit(RequestDelegate next, IOptions<LimitOptions> limits)
{
    /// <summary>What a caller hears about a longer one.</summary>
    public static string Message(LimitOptions limits) => FormattableString.Invariant($"The body is longer than {limits.BodyBytes} bytes");

    public Task InvokeAsync(HttpContext http) => http.Request.ContentLength > limits.Value.BodyBytes
        ? ErrorAnswer.Write(http, StatusCodes.Status413PayloadTooLarge, Message(limits.Value))
        : next(http);
}
