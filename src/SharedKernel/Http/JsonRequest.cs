using FluentValidation;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel.Http;

/// <summary>Reads the body of a route that is no operation of the API as every operation's is read.</summary>
public static class JsonRequest
{
    /// <summary>The body as <typeparamref name="T"/>, which keeps <paramref name="rules"/>; all that is wrong is one 400. 413 when it is longer than <paramref name="longest"/> bytes.</summary>
    public static async Task<T> Read<T>(HttpContext http, long longest, IValidator<T> rules, CancellationToken ct)
        where T : class, new()
    {
        var body = http.Request.ContentLength > longest ? throw TooLong(longest) : await RequestBody.Read(http, ct);
        if (body.Length > longest)
        {
            throw TooLong(longest);
        }

        var request = new T();
        List<ValidationFailure> failures = [];
        var limits = http.RequestServices.GetRequiredService<IOptions<LimitOptions>>().Value;
        BodyReader.Read(body, http.Request.HasJsonContentType(), request, RequestShape.Of(typeof(T)), limits, failures);
        failures.AddRange(rules.Validate(request).Errors.Select(failure => new ValidationFailure(Wire.Name(failure.PropertyName), failure.ErrorMessage)));
        return failures.Count == 0 ? request : throw ValidationProblem.From(failures);
    }

    private static Problem TooLong(long longest) => new(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {longest} bytes");
}
