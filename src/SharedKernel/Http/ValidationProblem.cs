using System.Text;
using System.Text.Json.Nodes;
using FluentValidation.Results;
using Nico.SharedKernel.Fields;

namespace Nico.SharedKernel.Http;

/// <summary>Turns validation failures into the <c>data</c> of a 400.</summary>
public static class ValidationProblem
{
    /// <summary>Fields that are reported; whoever has more wrong hears of the others next time.</summary>
    public const int MostFields = 100;

    private const string Whole = "__all__";

    /// <summary>The failure of a field of the body.</summary>
    public static ValidationFailure At(FieldPath path, string message) => new(path.ToString(), message) { CustomState = path };

    /// <summary>One message a field (its first), nested as the fields are nested.</summary>
    public static Problem From(IEnumerable<ValidationFailure> failures)
    {
        var data = new JsonObject();
        var message = new StringBuilder();
        foreach (var group in failures.GroupBy(failure => failure.PropertyName, StringComparer.Ordinal).Take(MostFields))
        {
            var first = group.First();
            var text = Text.Cut(first.ErrorMessage, Problem.LongestMessage);
            if (message.Length < ErrorAnswer.LongestMessage)
            {
                message.Append(message.Length == 0 ? "" : "; ").Append(group.Key is Whole or "" ? text : $"{group.Key}: {text}");
            }

            Put(data, first.CustomState is FieldPath path ? path.Steps() : group.Key is "" ? [Whole] : FieldPath.Split(group.Key), text);
        }

        return new Problem(400, message.ToString(), data);
    }

    private static void Put(JsonObject data, IReadOnlyList<string> steps, string text)
    {
        foreach (var step in steps.SkipLast(1))
        {
            if (data[step] is not JsonObject inner)
            {
                if (data.ContainsKey(step))
                {
                    return;
                }

                data[step] = inner = [];
            }

            data = inner;
        }

        data.TryAdd(steps[^1], text);
    }
}
