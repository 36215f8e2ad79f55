using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Nico.Bench;

/// <summary>One statement of a request as PostgreSQL saw it. A parameter's text may hold a <see cref="Mark.Text"/>.</summary>
internal sealed record Statement(string Sql, string?[] Parameters)
{
    /// <summary>
    /// The type of an array among the parameters, which PostgreSQL cannot always tell from its text; null for what is no array. Columns of ids are
    /// UUIDs, but for those of machines and of histories.
    /// </summary>
    public string? ArrayType(int index)
    {
        if (Parameters[index] is not { } value || !value.StartsWith('{') || value.StartsWith("{\"", StringComparison.Ordinal)
            || Sql.Contains($"${index + 1}::json", StringComparison.Ordinal))
        {
            return null;
        }

        var column = Regex.Match(Sql, $@"(\w+) = any\(\${index + 1}\)").Groups[1].Value;
        var isIds = column.Length > 0 ? column.EndsWith("id", StringComparison.Ordinal) && column is not ("machine_id" or "resource_id") : Guid.TryParse(value[1..].Split(',', '}')[0], out _);
        return isIds ? "uuid[]" : "text[]";
    }
}

/// <summary>A value that differs from request to request: one of <paramref name="Values"/>, or the template with the request's number in it.</summary>
internal sealed record Mark(string Name, string? Template, string[]? Values)
{
    /// <summary>Stands for the value in a parameter.</summary>
    public string Text => $"@@{Name}@@";

    public string For(long number) => Values?[number % Values.Length] ?? Template!.Replace("{n}", $"{number:D12}", StringComparison.Ordinal);
}

/// <summary>What one request of Nico costs at least: its statements, and the JSON of its answer.</summary>
internal sealed record Plan(string Name, Statement[] Statements, string Answer, Mark[] Marks);

/// <summary>
/// The framework's limit: Kestrel and Npgsql alone. For each plan one route that runs the plan's statements and writes an answer with
/// the plan's members and values. No authentication, no pipeline, no mapping.
/// </summary>
internal static class BareApi
{
    public static async Task Serve(string planFile, string connectionString)
    {
        var plans = JsonSerializer.Deserialize<Plan[]>(await File.ReadAllTextAsync(planFile))!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var app = builder.Build();
        app.UseDeveloperExceptionPage();
        foreach (var plan in plans)
        {
            var answer = JsonNode.Parse(plan.Answer);
            var next = 500_000_000_000L;
            app.MapGet("/" + plan.Name, async (HttpContext http) =>
            {
                var number = Interlocked.Increment(ref next);
                await using var connection = await source.OpenConnectionAsync(http.RequestAborted);
                NpgsqlTransaction? transaction = null;
                foreach (var statement in plan.Statements)
                {
                    if (statement.Sql == "BEGIN")
                    {
                        transaction = await connection.BeginTransactionAsync(http.RequestAborted);
                        continue;
                    }

                    if (statement.Sql == "COMMIT")
                    {
                        await transaction!.CommitAsync(http.RequestAborted);
                        continue;
                    }

                    await using var command = new NpgsqlCommand(statement.Sql, connection, transaction);
                    for (var index = 0; index < statement.Parameters.Length; index++)
                    {
                        var value = Filled(plan, statement.Parameters[index], number);
                        command.Parameters.Add(statement.ArrayType(index) switch
                        {
                            "uuid[]" => new NpgsqlParameter { Value = Items(value!).Select(Guid.Parse).ToArray() },
                            "text[]" => new NpgsqlParameter { Value = Items(value!) },
                            _ => new NpgsqlParameter { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown },
                        });
                    }

                    await command.PrepareAsync(http.RequestAborted);
                    await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
                    while (await reader.ReadAsync(http.RequestAborted))
                    {
                        for (var column = 0; column < reader.FieldCount; column++)
                        {
                            _ = reader.GetValue(column);
                        }
                    }
                }

                http.Response.ContentType = "application/json";
                if (answer is not null)
                {
                    await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer), http.RequestAborted);
                }
            });
        }

        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await app.WaitForShutdownAsync();
    }

    private static string[] Items(string array) => array.Trim('{', '}').Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static string? Filled(Plan plan, string? parameter, long number)
    {
        if (parameter is null || !parameter.Contains("@@", StringComparison.Ordinal))
        {
            return parameter;
        }

        foreach (var mark in plan.Marks)
        {
            parameter = parameter.Replace(mark.Text, mark.For(number), StringComparison.Ordinal);
        }

        return parameter;
    }
}
