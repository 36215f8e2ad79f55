using FastEndpoints;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Nico.SharedKernel.Lists;

namespace Nico.SharedKernel.Http;

/// <summary>
/// Who may call an operation, for its documentation, its errors and the audit. ASP.NET Core's authorization holds it; an architecture test
/// fails for a route that has none, and for one whose authorization is another.
/// </summary>
public sealed record RouteAccess(IReadOnlyList<Role> Roles)
{
    /// <summary>True when any member of the org may call, whatever the role.</summary>
    public bool AnyMember => Roles.Count == 0;
}

/// <summary>Marks a route outside the API whose changes have audit entries: in the org that its handler names.</summary>
public sealed record AuditedRoute;

/// <summary>What the API's documentation says of a route.</summary>
public sealed record RouteDocs(string OperationId, string Tag, string Summary, string Description, IReadOnlyList<int> Failures);

/// <summary>
/// The base of every operation's endpoint: an endpoint declares route, access and documentation, and sends the request record
/// to its handler. It holds no logic.
/// </summary>
public abstract class Operation<TRequest, TResponse> : Endpoint<TRequest, TResponse>
    where TRequest : notnull
{
    /// <summary>Status of a success.</summary>
    protected virtual int SuccessStatus => StatusCodes.Status200OK;

    /// <summary>Only callers with one of <paramref name="roles"/> reach the handler; the others get 403.</summary>
    protected void Allow(params Role[] roles) => Access(new RouteAccess(roles));

    /// <summary>Any member of the org reaches the handler.</summary>
    protected void AllowAnyMember() => Access(new RouteAccess([]));

    /// <summary>The documentation of the operation; <paramref name="failures"/> are its statuses besides 400, 401 and 403.</summary>
    protected void Describe(string operationId, string tag, string summary, string description, params int[] failures)
    {
        Options(route => route
            .WithName(operationId)
            .WithMetadata(new RouteDocs(operationId, tag, summary, description, failures)));
        Declare();
    }

    /// <summary>Declares the success response.</summary>
    private protected virtual void Declare() =>
        Description(route => route.ClearDefaultProduces().Produces<TResponse>(SuccessStatus, "application/json"));

    public sealed override async Task HandleAsync(TRequest req, CancellationToken ct)
    {
        if (ValidationFailed)
        {
            throw ValidationProblem.From(ValidationFailures);
        }

        await Serve(req, HttpContext.Resolve<IMediator>(), ct);
    }

    /// <summary>Has the request handled, and writes the answer.</summary>
    private protected abstract Task Serve(TRequest request, IMediator mediator, CancellationToken ct);

    private void Access(RouteAccess access)
    {
        if (!access.AnyMember)
        {
            Roles([.. access.Roles.Select(Caller.NameOf)]);
        }

        DontThrowIfValidationFails();
        RequestBinder(new RequestReader<TRequest>());
        Options(route => route.WithMetadata(access));
        // Or routing would answer 415 to a content type that the reader of requests answers with 400.
        Description(route => route.ClearDefaultAccepts());
    }
}

/// <summary>
/// An operation that changes something, in one transaction, and answers with what is read of it afterwards: after the commit, and after
/// the site's word where the command waits for one.
/// </summary>
public abstract class CommandEndpoint<TRequest, TId, TResponse> : Operation<TRequest, TResponse>
    where TRequest : notnull, ICommand<TId>
{
    /// <summary>The read that is answered.</summary>
    protected abstract IQuery<TResponse> Answer(TRequest request, TId id);

    private protected override async Task Serve(TRequest request, IMediator mediator, CancellationToken ct)
    {
        var id = await mediator.Send(request, ct);
        await JsonAnswer.Write(HttpContext, SuccessStatus, await mediator.Send(Answer(request, id), ct));
    }
}

/// <summary>An operation that reads one thing.</summary>
public abstract class QueryEndpoint<TRequest, TResponse> : Operation<TRequest, TResponse>
    where TRequest : notnull, IQuery<TResponse>
{
    private protected override async Task Serve(TRequest request, IMediator mediator, CancellationToken ct) =>
        await JsonAnswer.Write(HttpContext, SuccessStatus, await mediator.Send(request, ct));
}

/// <summary>What is answered where there is nothing to show but that the request was taken.</summary>
/// <param name="Message">A text for people.</param>
[Schema("MessageResponse")]
public sealed record MessageResponse(string Message);

/// <summary>A deletion: answers with a status and a short text, or no body at all. Source: spec/01-versions.md, section 4.</summary>
public abstract class DeleteEndpoint<TRequest> : Operation<TRequest, Unit>
    where TRequest : notnull, ICommand<Unit>
{
    /// <summary>202 where the work goes on, 204 where the contract has no body.</summary>
    protected override int SuccessStatus => StatusCodes.Status202Accepted;

    private protected override void Declare() => Description(route =>
    {
        route.ClearDefaultProduces();
        if (SuccessStatus == StatusCodes.Status204NoContent)
        {
            route.Produces(SuccessStatus);
        }
        else
        {
            route.Produces<MessageResponse>(SuccessStatus, "application/json");
        }
    });

    private protected override async Task Serve(TRequest request, IMediator mediator, CancellationToken ct)
    {
        await mediator.Send(request, ct);
        if (SuccessStatus == StatusCodes.Status204NoContent)
        {
            HttpContext.Response.StatusCode = SuccessStatus;

            // Begun here, or FastEndpoints would add a content type to an answer that has no content.
            await HttpContext.Response.StartAsync(HttpContext.RequestAborted);
            return;
        }

        await JsonAnswer.Write(HttpContext, SuccessStatus, new MessageResponse("Deletion request was accepted"));
    }
}

/// <summary>A paged list: a bare array, with the page and the total in the header <c>X-Pagination</c>.</summary>
public abstract class ListEndpoint<TRequest, TItem> : Operation<TRequest, Page<TItem>>
    where TRequest : ListQuery, IQuery<Page<TItem>>
{
    private protected override void Declare() =>
        Description(route => route.ClearDefaultProduces().Produces<IReadOnlyList<TItem>>(SuccessStatus, "application/json"));

    public override void OnBeforeValidate(TRequest req)
    {
        Check(req.PageNumber is null or (>= 0 and <= ListQuery.LastPage), "PageNumber", $"must be from 1 to {ListQuery.LastPage}");
        Check(req.PageSize is null or (>= 0 and <= 100), "PageSize", "must be from 1 to 100");
        Check(req.Orders().Knows(req.OrderBy), "OrderByStr", "must be one of " + string.Join(", ", req.Orders().Values));
    }

    private protected override async Task Serve(TRequest request, IMediator mediator, CancellationToken ct)
    {
        var page = await mediator.Send(request, ct);
        var asked = request.Page();
        HttpContext.Response.Headers["X-Pagination"] = System.Text.Json.JsonSerializer.Serialize(
            new { pageNumber = asked.Number, pageSize = asked.Size, total = page.Total, orderBy = request.OrderBy });
        await JsonAnswer.Write(HttpContext, SuccessStatus, page.Items);
    }

    private void Check(bool holds, string key, string message)
    {
        if (!holds)
        {
            ValidationFailures.Add(new(key, message));
        }
    }
}
