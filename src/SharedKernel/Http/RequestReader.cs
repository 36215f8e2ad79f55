using System.Collections;
using System.Reflection;
using FastEndpoints;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel.Http;

/// <summary>
/// Makes a request record of path, query string and JSON body, property by property, so that every value of a wrong type or over
/// its bound is reported at once and under its own name. Source: spec/00-conventions.md, section 5.
/// </summary>
public sealed class RequestReader<TRequest> : IRequestBinder<TRequest>
    where TRequest : notnull
{
    private static readonly RequestShape _shape = RequestShape.Of(typeof(TRequest));

    public async ValueTask<TRequest> BindAsync(BinderContext ctx, CancellationToken ct)
    {
        var request = Activator.CreateInstance<TRequest>();
        var http = ctx.HttpContext;
        var failures = ctx.ValidationFailures;
        foreach (var (name, property) in _shape.Path)
        {
            Set(request, property, name, (string?)http.Request.RouteValues[name] ?? "", failures);
        }

        if (_shape.Query.Count > 0)
        {
            ReadQuery(http.Request.Query, request, failures);
        }

        if (_shape.Body.Count > 0)
        {
            var limits = http.RequestServices.GetRequiredService<IOptions<LimitOptions>>().Value;
            BodyReader.Read(await RequestBody.Read(http, ct), http.Request.HasJsonContentType(), request, _shape, limits, failures);
        }

        return request;
    }

    private static void ReadQuery(IQueryCollection query, TRequest request, List<ValidationFailure> failures)
    {
        foreach (var (name, property, rule) in _shape.Query)
        {
            var values = Values(query, name, rule.IgnoreCase);
            var key = rule.ErrorKey ?? name;
            if (values.Count == 0)
            {
                continue;
            }

            if (RequestShape.ElementType(property.PropertyType) is { } element)
            {
                if (values.Count > Bound.DefaultValues)
                {
                    failures.Add(new ValidationFailure(key, $"must not be given more than {Bound.DefaultValues} times"));
                }
                else
                {
                    ReadList(values, element, key, request, property, failures);
                }
            }
            else if (rule.KeepEmpty || !string.IsNullOrEmpty(values[0]))
            {
                Set(request, property, key, values[0] ?? "", failures);
            }
        }
    }

    private static void ReadList(
        StringValues values, Type element, string key, TRequest request, PropertyInfo property, List<ValidationFailure> failures)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (var text in values)
        {
            var value = ParameterText.Parse(text ?? "", element, out var error);
            if (error is not null)
            {
                failures.Add(new ValidationFailure(key, error));
                break;
            }

            list.Add(value);
        }

        property.SetValue(request, list);
    }

    private static StringValues Values(IQueryCollection query, string name, bool ignoreCase)
    {
        // IQueryCollection ignores case; the names of this API's parameters do not, but for paging.
        foreach (var (key, values) in query)
        {
            if (string.Equals(key, name, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            {
                return values;
            }
        }

        return query.TryGetValue(name, out var other) ? other : default;
    }

    private static void Set(TRequest request, PropertyInfo property, string key, string text, List<ValidationFailure> failures)
    {
        var value = ParameterText.Parse(text, property.PropertyType, out var error);
        if (error is null)
        {
            property.SetValue(request, value);
        }
        else
        {
            failures.Add(new ValidationFailure(key, error));
        }
    }
}
