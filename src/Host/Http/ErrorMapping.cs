using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;
using Npgsql;

namespace Nico.Host.Http;

/// <summary>The one place where failures become answers.</summary>
internal sealed partial class ErrorMapping(RequestDelegate next, ILogger<ErrorMapping> log)
{
    public async Task InvokeAsync(HttpContext http, IOptions<LimitOptions> limits)
    {
        try
        {
            await Answer(http, limits.Value);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more: the status stays what it was to be, for log and audit.
        }
        catch (Exception e)
        {
            // Making the answer has failed as well.
            Unexpected(log, e);
            await ErrorAnswer.WriteLast(http);
        }
    }

    private async Task Answer(HttpContext http, LimitOptions limits)
    {
        try
        {
            await next(http);
        }
        catch (Problem problem)
        {
            await ErrorAnswer.Write(http, problem.Status, problem.Message, problem.Details);
        }
        catch (BadHttpRequestException bad)
        {
            await ErrorAnswer.Write(http, bad.StatusCode, bad.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => BodyLimit.Message(limits),
                StatusCodes.Status408RequestTimeout => $"The body came at less than {limits.BodyRate} bytes a second",
                _ => "The request could not be read",
            });
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && http.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more; the status is for log and audit.
            http.Features.Set(new AnsweredProblem("The client went away"));
            if (!http.Response.HasStarted)
            {
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
        {
            // Two changes waited for each other: the one that PostgreSQL sent home has lost, and may try again.
            await ErrorAnswer.Write(http, StatusCodes.Status409Conflict, "Another change got in the way: try again");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            await ErrorAnswer.Write(http, StatusCodes.Status503ServiceUnavailable, "Another change takes too long: try again");
        }
        catch (Exception e) when (IsDatabaseOutage(e))
        {
            DatabaseAway(log, e);
            await ErrorAnswer.Write(http, StatusCodes.Status503ServiceUnavailable, "The database cannot be reached at the moment");
        }
        catch (Exception e)
        {
            Unexpected(log, e);
            await ErrorAnswer.Write(http, StatusCodes.Status500InternalServerError, "Something went wrong on our side");
        }
    }

    /// <summary>No connection, no free connection in time, or a server that is starting, stopping or cutting the connection.</summary>
    private static bool IsDatabaseOutage(Exception e) => e switch
    {
        PostgresException postgres => postgres.SqlState is ['5', '7', 'P', ..] or ['5', '3', ..] or ['0', '8', ..] or "25P03",
        NpgsqlException => true,
        System.Net.Sockets.SocketException => true,
        TimeoutException => true,
        _ => e.InnerException is { } inner && IsDatabaseOutage(inner),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "The database cannot be reached")]
    private static partial void DatabaseAway(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed unexpectedly")]
    private static partial void Unexpected(ILogger log, Exception e);
}
