using System.Text.RegularExpressions;

namespace Nico.Host.Http;

/// <summary>
/// The names of the API in the path of every operation, <c>/v2/org/ORG/NAME/...</c>: <c>Http:ApiName</c>. A path with any of them is routed as if it
/// had that of the routes. Log and audit have the path as it was asked for; the document has the first name.
/// </summary>
internal sealed partial class ApiNames
{
    /// <summary>The name that the routes have.</summary>
    public const string OfRoutes = "nico";

    private const string Key = "Http:ApiName";

    private readonly HashSet<string> _names;

    private ApiNames(string[] names) => (First, _names) = (names[0], new HashSet<string>(names, StringComparer.OrdinalIgnoreCase));

    /// <summary>The name that callers are told.</summary>
    public string First { get; }

    /// <summary>The names of the configuration: one, several with commas between them, or a list.</summary>
    /// <exception cref="ConfigurationProblem">A name cannot be part of a path, or is there twice.</exception>
    public static ApiNames From(IConfiguration configuration)
    {
        var section = configuration.GetSection(Key);
        var listed = section.GetChildren().Select(child => child.Value ?? "").ToArray();
        var names = listed.Length > 0 ? listed : (section.Value ?? OfRoutes).Split(',', StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            if (!Name().IsMatch(name))
            {
                throw new ConfigurationProblem($"{Key}: '{name}' is no name for the API: it may have letters, digits, '-' and '_'");
            }
        }

        return names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == names.Length
            ? new ApiNames(names)
            : throw new ConfigurationProblem($"{Key}: a name is there twice");
    }

    /// <summary>A path of the routes as callers are told it.</summary>
    public string Told(string path) => path.Replace($"/{OfRoutes}/", $"/{First}/", StringComparison.Ordinal);

    /// <summary>Lays routing: what comes before sees the path as it was asked for, and so does what comes after.</summary>
    public void UseRouting(WebApplication app)
    {
        if (_names.Count == 1 && _names.Contains(OfRoutes))
        {
            app.UseRouting();
            return;
        }

        app.Use((http, next) =>
        {
            if (http.Request.Path.Value is { } path && OfOperation().Match(path) is { Success: true } parts)
            {
                var name = parts.Groups["name"];
                http.Features.Set(new Asked(http.Request.Path, _names.Contains(name.Value)));
                http.Request.Path = $"{parts.Groups["before"]}{OfRoutes}{path[(name.Index + name.Length)..]}";
            }

            return next(http);
        });
        app.UseRouting();
        app.Use((http, next) =>
        {
            if (http.Features.Get<Asked>() is { } asked)
            {
                http.Request.Path = asked.Path;
                if (!asked.IsServed)
                {
                    http.SetEndpoint(null);
                }
            }

            return next(http);
        });
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?<before>/v2/org/[^/]*/)(?<name>[^/]+)/", RegexOptions.IgnoreCase)]
    private static partial Regex OfOperation();

    private sealed record Asked(PathString Path, bool IsServed);
}
